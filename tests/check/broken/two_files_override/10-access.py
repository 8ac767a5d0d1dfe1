# kind: two files set one option
# wrong: the second file replaces the allowed users of the first one
# option: GitHubOAuthenticator.allowed_users
# fix: 10-access.py

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat", "grace"}
