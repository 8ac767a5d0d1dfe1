# kind: the client ID has whitespace
# wrong: it was read from a file with a line feed
# option: GitHubOAuthenticator.client_id
# fix: white space
# file: /srv/secrets/client_id = Ov23liA1b2C3d4E5f6G7\n

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
with open("/srv/secrets/client_id") as file:
    c.GitHubOAuthenticator.client_id = file.read()  # <-- wrong
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
