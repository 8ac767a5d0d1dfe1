"""
Users' servers get the user's GitHub token.
"""

import os
import warnings

from oauthenticator.github import GitHubOAuthenticator


class GitHubEnvAuthenticator(GitHubOAuthenticator):
    async def pre_spawn_start(self, user, spawner):
        auth_state = await user.get_auth_state()
        if not auth_state:
            # user has no auth state
            return
        spawner.environment["GITHUB_TOKEN"] = auth_state["access_token"]
        spawner.environment["GITHUB_USER"] = auth_state["github_user"]["login"]
        spawner.environment["GITHUB_EMAIL"] = auth_state["github_user"]["email"]


c.JupyterHub.authenticator_class = GitHubEnvAuthenticator
c.GitHubOAuthenticator.scope = ["user:email"]
c.GitHubOAuthenticator.enable_auth_state = True
c.Authenticator.allowed_users = {"alice", "bob"}

if "JUPYTERHUB_CRYPT_KEY" not in os.environ:
    warnings.warn("set JUPYTERHUB_CRYPT_KEY: openssl rand -hex 32", stacklevel=1)
