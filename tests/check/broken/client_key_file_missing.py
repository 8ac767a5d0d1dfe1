# kind: a key file that does not exist
# wrong: the path
# option: GenericOAuthenticator.client_key_file
# fix: /key.pem

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
c.GenericOAuthenticator.client_auth_method = "private_key_jwt"
c.GenericOAuthenticator.client_key_file = "/srv/secrets/key.pem"  # <-- wrong
