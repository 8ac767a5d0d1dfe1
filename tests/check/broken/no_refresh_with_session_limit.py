# kind: options about sessions contradict each other
# wrong: no refresh, so nothing enforces the session's maximum age
# option: GitHubOAuthenticator.session_max_age
# fix: auth_refresh_age

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
c.GitHubOAuthenticator.enable_auth_state = True
c.GitHubOAuthenticator.auth_refresh_age = 0
c.GitHubOAuthenticator.session_max_age = 36000  # <-- wrong
