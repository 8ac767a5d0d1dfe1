# kind: a regular expression that cannot be compiled
# wrong: the bracket is not closed
# option: GitHubOAuthenticator.username_pattern
# fix: unterminated

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat", "grace"}
c.GitHubOAuthenticator.username_pattern = r"[a-z+"  # <-- wrong
