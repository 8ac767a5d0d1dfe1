# kind: bound tokens that are sent in the body
# wrong: userdata_token_method
# option: GenericOAuthenticator.enable_dpop
# fix: userdata_token_method

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
c.GenericOAuthenticator.userdata_token_method = "body"
c.GenericOAuthenticator.enable_dpop = True  # <-- wrong
