# kind: the client ID is a placeholder of a guide
# wrong: <your-client-id> was not replaced
# option: GitLabOAuthenticator.client_id
# fix: placeholder

c = get_config()

c.JupyterHub.authenticator_class = "suite-gitlab"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GitLabOAuthenticator.gitlab_url = "https://git.example.edu"
c.GitLabOAuthenticator.client_id = "<your-client-id>"  # <-- wrong
c.GitLabOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitLabOAuthenticator.allowed_users = {"ada"}
