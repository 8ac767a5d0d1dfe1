"""`OAuthenticator`: sign in at an OAuth 2.0 or OpenID Connect provider.

Here belongs the login at a provider: set-up from options, the sealed login attempt, the authorization code flow, the
overridable stages, the pipeline that runs them and the checks between them, and the login handlers.
Protocol messages are in `protocol`, and the access decision is in `policy`. Code that runs after the login is in
`hub.refresh` and `hub.logout`.

Read first: `pipeline.py`, then `stages.py`.
"""
