# kind: the callback URL has the scheme http
# wrong: the code of every login is sent unencrypted
# option: GitLabOAuthenticator.oauth_callback_url
# fix: https

c = get_config()

c.JupyterHub.authenticator_class = "suite-gitlab"
c.GitLabOAuthenticator.gitlab_url = "https://git.example.edu"
c.GitLabOAuthenticator.oauth_callback_url = "http://hub.example.edu/hub/oauth_callback"  # <-- wrong
c.GitLabOAuthenticator.client_id = "8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b"
c.GitLabOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitLabOAuthenticator.allowed_users = {"ada"}
