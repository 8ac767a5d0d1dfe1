# kind: a secret file that does not exist
# wrong: the name of the file has a letter wrong
# option: GitHubOAuthenticator.client_secret_file
# fix: cleint_secret | No such file

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/cleint_secret"  # <-- wrong
c.GitHubOAuthenticator.allowed_users = {"octocat"}
