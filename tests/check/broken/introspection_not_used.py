# kind: introspection where another request says the same
# wrong: introspection_url
# option: GenericOAuthenticator.introspection_url
# fix: validate_token_url

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
c.GenericOAuthenticator.enable_auth_state = True
c.GenericOAuthenticator.validate_token_url = "https://sso.example.edu/check"
c.GenericOAuthenticator.introspection_url = "https://sso.example.edu/introspect"  # <-- wrong
