# kind: a secret is given twice
# wrong: both client_secret and client_secret_file
# option: GitHubOAuthenticator.client_secret
# fix: client_secret_file
# env: THE_SECRET=0123456789abcdef0123456789abcdef01234567

import os

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret = os.environ["THE_SECRET"]  # <-- wrong
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
