# kind: discovery and an endpoint contradict each other
# wrong: the issuer is the new provider, the token URL is still at the old one
# option: GenericOAuthenticator.token_url
# fix: issuer

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.token_url = "https://cas.example.edu/oauth2.0/accessToken"  # <-- wrong
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
