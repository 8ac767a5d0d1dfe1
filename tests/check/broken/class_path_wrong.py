# kind: a class path that cannot be imported
# wrong: there is no module oauthenticator_suite.github
# option: JupyterHub.authenticator_class
# fix: suite-github

c = get_config()

c.JupyterHub.authenticator_class = "oauthenticator_suite.github.GitHubOAuthenticator"  # <-- wrong
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
