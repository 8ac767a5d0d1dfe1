# kind: the file raises an exception
# wrong: the environment variable is not set in this shell
# option: missing_environment.py
# fix: GITHUB_OAUTH_SECRET

import os

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret = os.environ["GITHUB_OAUTH_SECRET"]  # <-- wrong
c.GitHubOAuthenticator.allowed_users = {"octocat"}
