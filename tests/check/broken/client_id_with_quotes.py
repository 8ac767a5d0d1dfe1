# kind: the client ID has quotation marks
# wrong: the environment file of Docker keeps quotation marks
# option: client_id
# fix: quotation mark
# env: GITHUB_CLIENT_ID="Ov23liA1b2C3d4E5f6G7"

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
