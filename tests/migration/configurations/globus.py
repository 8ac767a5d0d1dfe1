# Globus, for accounts of the campus
from oauthenticator.globus import GlobusOAuthenticator

c.JupyterHub.authenticator_class = GlobusOAuthenticator
c.GlobusOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.GlobusOAuthenticator.client_id = "a-client-id"
c.GlobusOAuthenticator.client_secret = "a-client-secret"
c.GlobusOAuthenticator.identity_provider = "campus.example"
c.GlobusOAuthenticator.allow_all = True
c.GlobusOAuthenticator.enable_auth_state = True
c.Authenticator.admin_users = {"bob"}
