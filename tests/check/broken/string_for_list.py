# kind: a string where a list is meant
# wrong: allowed_users is one string
# option: GitHubOAuthenticator.allowed_users
# fix: ["octocat"]

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = "octocat"  # <-- wrong
