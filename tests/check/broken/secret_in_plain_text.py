# kind: a secret in plain text in the configuration file
# wrong: the secret is in the file, and the file is in a repository
# option: GitHubOAuthenticator.client_secret
# fix: client_secret_file
# severity: info

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret = "0123456789abcdef0123456789abcdef01234567"  # <-- wrong
c.GitHubOAuthenticator.allowed_users = {"octocat"}
