# kind: a setting of cookies that prevents logins
# wrong: with SameSite=Strict the cookie of the login is not sent back from the provider
# option: JupyterHub.tornado_settings
# fix: Lax

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.JupyterHub.tornado_settings = {"cookie_options": {"samesite": "Strict"}}  # <-- wrong
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
