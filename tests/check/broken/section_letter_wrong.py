# kind: a letter wrong in the name of a section
# wrong: the section is called GithubOAuthenticator, and nothing reads it
# option: GithubOAuthenticator
# fix: GitHubOAuthenticator

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
c.GithubOAuthenticator.admin_users = {"octocat"}  # <-- wrong
