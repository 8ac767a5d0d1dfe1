# GitHub Enterprise Server of the campus
c.JupyterHub.authenticator_class = "github"
c.GitHubOAuthenticator.login_service = "Campus GitHub"
c.GitHubOAuthenticator.github_url = "https://github.campus.example"
c.GitHubOAuthenticator.github_api = "https://github.campus.example/api/v3"
c.GitHubOAuthenticator.client_id = "a-client-id"
c.GitHubOAuthenticator.client_secret = "a-client-secret"
c.GitHubOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.GitHubOAuthenticator.allow_all = True
c.GitHubOAuthenticator.username_map = {"carol": "caroline"}
c.GitHubOAuthenticator.blocked_users = {"bob"}
c.GitHubOAuthenticator.auto_login = True
c.GitHubOAuthenticator.post_auth_hook = lambda authenticator, handler, authentication: authentication
