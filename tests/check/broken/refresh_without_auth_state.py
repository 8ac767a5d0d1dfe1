# kind: options about the refresh contradict each other
# wrong: refresh_pre_spawn asks nobody, because no tokens are stored
# option: GenericOAuthenticator.refresh_pre_spawn
# fix: enable_auth_state
# severity: info

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
c.GenericOAuthenticator.enable_auth_state = False
c.GenericOAuthenticator.refresh_pre_spawn = True  # <-- wrong
