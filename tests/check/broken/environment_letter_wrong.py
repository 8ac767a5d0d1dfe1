# kind: an environment variable that nothing reads
# wrong: OAUTH_CLIENTID instead of OAUTH_CLIENT_ID
# option: OAUTH_CLIENTID
# fix: OAUTH_CLIENT_ID
# env: OAUTH_CLIENTID=jupyterhub

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
