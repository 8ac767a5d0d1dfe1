# kind: a secret file that every user of the machine can read
# wrong: mode 0644
# option: GitHubOAuthenticator.client_secret_file
# fix: chmod | every user
# file: /srv/secrets/github 0644 = 0123456789abcdef0123456789abcdef01234567\n

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/github"  # <-- wrong
c.GitHubOAuthenticator.allowed_users = {"octocat"}
