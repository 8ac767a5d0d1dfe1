# kind: enable_auth_state without a key
# wrong: JUPYTERHUB_CRYPT_KEY is not set
# option: GenericOAuthenticator.enable_auth_state
# fix: JUPYTERHUB_CRYPT_KEY
# env: JUPYTERHUB_CRYPT_KEY=

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
c.GenericOAuthenticator.enable_auth_state = True  # <-- wrong
