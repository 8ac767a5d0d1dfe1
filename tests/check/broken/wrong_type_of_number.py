# kind: a value of the wrong type
# wrong: a number as a string
# option: GitHubOAuthenticator.auth_refresh_age
# fix: int

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
c.GitHubOAuthenticator.auth_refresh_age = "5m"  # <-- wrong
