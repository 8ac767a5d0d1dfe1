# set up in 2018
import os

c = get_config()
c.JupyterHub.authenticator_class = "oauthenticator.GitHubOAuthenticator"
c.GitHubOAuthenticator.oauth_callback_url = os.environ["OAUTH_CALLBACK_URL"]
c.GitHubOAuthenticator.github_organization_whitelist = {"lab"}
c.GitHubOAuthenticator.scope = ["read:org"]
if os.environ.get("JUPYTERHUB_ADMIN"):
    c.Authenticator.admin_users = set(os.environ["JUPYTERHUB_ADMIN"].split(","))
