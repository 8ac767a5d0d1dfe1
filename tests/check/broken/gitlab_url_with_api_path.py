# kind: the provider's URL has a path too much
# wrong: the path of the API belongs in gitlab_api
# option: GitLabOAuthenticator.gitlab_url
# fix: /api/v4

c = get_config()

c.JupyterHub.authenticator_class = "suite-gitlab"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GitLabOAuthenticator.gitlab_url = "https://git.example.edu/api/v4"  # <-- wrong
c.GitLabOAuthenticator.client_id = "8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b"
c.GitLabOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitLabOAuthenticator.allowed_users = {"ada"}
