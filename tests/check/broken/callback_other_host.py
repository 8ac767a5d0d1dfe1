# kind: the callback URL has a wrong host
# wrong: the Hub moved, the callback URL still has the old host
# option: GitHubOAuthenticator.oauth_callback_url
# fix: public_url

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.oauth_callback_url = "https://jupyter.physics.example.edu/hub/oauth_callback"  # <-- wrong
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
