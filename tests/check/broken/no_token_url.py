# kind: an endpoint is missing
# wrong: neither an issuer nor token_url, only authorize_url and userdata_url
# option: GenericOAuthenticator.token_url
# fix: issuer

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.authorize_url = "https://cas.example.edu/oauth2.0/authorize"
c.GenericOAuthenticator.userdata_url = "https://cas.example.edu/oauth2.0/profile"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.username_claim = "id"
c.GenericOAuthenticator.allowed_users = {"ada"}
