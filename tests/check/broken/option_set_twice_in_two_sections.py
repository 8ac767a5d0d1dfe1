# kind: two sections set one option
# wrong: the section of the class wins, the list in Authenticator is not used
# option: Authenticator.allowed_users
# fix: GitHubOAuthenticator

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.Authenticator.allowed_users = {"octocat", "grace"}  # <-- wrong
c.GitHubOAuthenticator.allowed_users = {"ada"}
