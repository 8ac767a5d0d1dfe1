c.GitHubOAuthenticator.allowed_users = {"ada"}  # <-- wrong
