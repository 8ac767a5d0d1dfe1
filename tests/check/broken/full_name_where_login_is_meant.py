# kind: a full name where a login is meant
# wrong: the login of Grace Hopper is another one
# option: GitHubOAuthenticator.allowed_users
# fix: login

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat", "Grace Hopper"}  # <-- wrong
