# kind: an e-mail address where a name is meant
# wrong: the admin is an address, and usernames at GitHub have no @
# option: GitHubOAuthenticator.admin_users
# fix: login

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
c.GitHubOAuthenticator.admin_users = {"octocat@example.edu"}  # <-- wrong
