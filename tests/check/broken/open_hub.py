# kind: the Hub is open to everybody on the internet
# wrong: allow_all with GitHub, where everybody can register
# option: GitHubOAuthenticator.allow_all
# fix: name users or groups

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allow_all = True  # <-- wrong
