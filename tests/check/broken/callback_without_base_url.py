# kind: the callback URL lacks the Hub's base_url
# wrong: the Hub is at /jupyter/, the callback URL is not
# option: GenericOAuthenticator.oauth_callback_url
# fix: /jupyter/hub/oauth_callback

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.base_url = "/jupyter/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.oauth_callback_url = "https://www.example.edu/hub/oauth_callback"  # <-- wrong
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
