# kind: two users get one name
# wrong: username_map maps two users to ada
# option: GitHubOAuthenticator.username_map
# fix: ada

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"ada"}
c.GitHubOAuthenticator.username_map = {"lovelace": "ada", "ada-yonath": "ada"}  # <-- wrong
