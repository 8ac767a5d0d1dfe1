import os

c = get_config()

# GitHub, for members of the lab
c.JupyterHub.authenticator_class = "github"
c.GitHubOAuthenticator.oauth_callback_url = os.environ["OAUTH_CALLBACK_URL"]
c.GitHubOAuthenticator.client_id = os.environ["OAUTH_CLIENT_ID"]
c.GitHubOAuthenticator.client_secret = os.environ["OAUTH_CLIENT_SECRET"]
c.GitHubOAuthenticator.allowed_organizations = {"lab"}
c.GitHubOAuthenticator.scope = ["read:org"]

c.Authenticator.admin_users = {"Bob"}
c.JupyterHub.ip = "0.0.0.0"
c.JupyterHub.port = 8000
