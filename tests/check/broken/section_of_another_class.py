# kind: the section of a class that the Hub does not use
# wrong: the Hub uses suite-gitlab, the allowed groups stand in the section of GitHub
# option: GitHubOAuthenticator
# fix: GitLabOAuthenticator

c = get_config()

c.JupyterHub.authenticator_class = "suite-gitlab"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GitLabOAuthenticator.gitlab_url = "https://git.example.edu"
c.GitLabOAuthenticator.client_id = "8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b"
c.GitLabOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitLabOAuthenticator.allowed_users = {"ada"}
c.GitHubOAuthenticator.admin_users = {"ada"}  # <-- wrong
