# kind: the callback URL has a wrong path
# wrong: the handler is at /hub/oauth_callback
# option: GenericOAuthenticator.oauth_callback_url
# fix: /hub/oauth_callback

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.oauth_callback_url = "https://hub.example.edu/oauth_callback"  # <-- wrong
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
