"""`OAuthenticator`: sign in at an OAuth 2.0 or OpenID Connect provider.

Here belongs the login at a provider: set-up from options, the sealed login attempt, the authorization code flow, the
overridable stages, the pipeline that runs them and the checks between them, and the login handlers. So does what the
login needs of this Hub as a client: its secrets, keys and certificates (`client_authentication`), the ways of a request
and its response through the browser (`authorization_request`, `form_post`), tokens that are bound to a key (`dpop`) or
encrypted (`encrypted_tokens`), and the security profile (`security_profile`).
Protocol messages are in `protocol`, and the access decision is in `policy`. Code that runs after the login is in
`hub.refresh` and `hub.logout`.

Read first: `pipeline.py`, then `stages.py`.
"""
