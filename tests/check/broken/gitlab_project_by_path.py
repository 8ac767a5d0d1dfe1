# kind: a name where a number is meant
# wrong: projects are named by their ID
# option: GitLabOAuthenticator.allowed_project_ids
# fix: number

c = get_config()

c.JupyterHub.authenticator_class = "suite-gitlab"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GitLabOAuthenticator.gitlab_url = "https://git.example.edu"
c.GitLabOAuthenticator.client_id = "8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b"
c.GitLabOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitLabOAuthenticator.scope = ["read_user", "read_api"]
c.GitLabOAuthenticator.allowed_project_ids = {"physics/course-2026"}  # <-- wrong
