# kind: a secret file that is empty
# wrong: the file has only a line feed
# option: GitHubOAuthenticator.client_secret_file
# fix: empty
# file: /srv/secrets/github = \n

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/github"  # <-- wrong
c.GitHubOAuthenticator.allowed_users = {"octocat"}
