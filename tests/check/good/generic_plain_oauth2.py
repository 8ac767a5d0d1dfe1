# A provider with OAuth 2.0 only: Moodle, or CAS.
c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://www.example.edu/jupyter/"
c.JupyterHub.base_url = "/jupyter/"
c.GenericOAuthenticator.oauth_callback_url = "https://www.example.edu/jupyter/hub/oauth_callback"
c.GenericOAuthenticator.authorize_url = "https://cas.example.edu/oauth2.0/authorize"
c.GenericOAuthenticator.token_url = "https://cas.example.edu/oauth2.0/accessToken"
c.GenericOAuthenticator.userdata_url = "https://cas.example.edu/oauth2.0/profile"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.username_claim = "id"
c.GenericOAuthenticator.login_service = "Campus account"
c.GenericOAuthenticator.allow_all = True
c.GenericOAuthenticator.blocked_users = {"guest"}
