# kind: an option for logging out that has no effect
# wrong: rp_initiated_logout, but neither an issuer nor end_session_url
# option: GenericOAuthenticator.rp_initiated_logout
# fix: end_session_url

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.authorize_url = "https://cas.example.edu/oauth2.0/authorize"
c.GenericOAuthenticator.token_url = "https://cas.example.edu/oauth2.0/accessToken"
c.GenericOAuthenticator.userdata_url = "https://cas.example.edu/oauth2.0/profile"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.username_claim = "id"
c.GenericOAuthenticator.allowed_users = {"ada"}
c.GenericOAuthenticator.rp_initiated_logout = True  # <-- wrong
