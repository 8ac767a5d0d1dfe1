# kind: the issuer has a trailing path
# wrong: the discovery URL was pasted as the issuer
# option: GenericOAuthenticator.issuer
# fix: /.well-known/openid-configuration

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people/.well-known/openid-configuration"  # <-- wrong
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
