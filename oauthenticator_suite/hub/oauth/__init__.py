"""`OAuthenticator`: sign in at an OAuth 2.0 or OpenID Connect provider.

Here belongs the login at a provider: set-up from options, the sealed login attempt, the authorization code flow, the
overridable stages, the pipeline that runs them and the checks between them, and the login handlers.
Messages of the protocol are in `protocol`; who may sign in is decided in `policy`; later sessions are `hub.refresh` and
`hub.logout`.

Read first: `pipeline.py`, then `stages.py`.
"""
