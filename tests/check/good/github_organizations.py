# A research group: members of two organizations and of a team.
# env: GITHUB_CLIENT_ID=Ov23liA1b2C3d4E5f6G7
# env: GITHUB_CLIENT_SECRET=0123456789abcdef0123456789abcdef01234567
import os

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://jupyter.astro.example.edu/"
c.GitHubOAuthenticator.oauth_callback_url = "https://jupyter.astro.example.edu/hub/oauth_callback"
c.GitHubOAuthenticator.client_id = os.environ["GITHUB_CLIENT_ID"]
c.GitHubOAuthenticator.client_secret = os.environ["GITHUB_CLIENT_SECRET"]
c.GitHubOAuthenticator.allowed_organizations = {"astro-group", "survey-collab:pipeline"}
c.GitHubOAuthenticator.scope = ["read:org"]
c.Authenticator.admin_users = {"vrubin", "jbell"}

c.JupyterHub.spawner_class = "simple"
c.JupyterHub.hub_ip = "0.0.0.0"
c.Spawner.default_url = "/lab"
c.JupyterHub.load_roles = [
    {
        "name": "jupyterhub-idle-culler-role",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["jupyterhub-idle-culler-service"],
    }
]
c.JupyterHub.services = [
    {"name": "jupyterhub-idle-culler-service", "command": ["python3", "-m", "jupyterhub_idle_culler", "--timeout=3600"]}
]
