# kind: an option that needs enable_auth_state
# wrong: follow_renames without a record of the subject
# option: GenericOAuthenticator.follow_renames
# fix: enable_auth_state

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile", "email", "groups"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
c.GenericOAuthenticator.follow_renames = True  # <-- wrong
