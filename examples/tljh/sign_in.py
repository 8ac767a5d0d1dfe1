"""Sign-in with GitHub on The Littlest JupyterHub: docs/how-to/the-littlest-jupyterhub.md.

Copy this file into /opt/tljh/config/jupyterhub_config.d.
"""

from pathlib import Path

SECRETS = Path("/opt/tljh/state")

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.example.org/"
c.GitHubOAuthenticator.client_id = "Ov23li0123456789abcd"
c.GitHubOAuthenticator.client_secret_file = str(SECRETS / "github_client_secret")

# Who may sign in. The lists users.allowed and users.banned of tljh-config count as well. The list admin_users
# replaces users.admin.
c.GitHubOAuthenticator.scope = ["read:org"]
c.GitHubOAuthenticator.allowed_organizations = {"physics-lab"}
c.GitHubOAuthenticator.admin_users = {"octocat"}

# Store the users' tokens, encrypted with this key, and ask GitHub again while users are signed in.
c.CryptKeeper.keys = (SECRETS / "crypt_key").read_text().split()
c.GitHubOAuthenticator.enable_auth_state = True
