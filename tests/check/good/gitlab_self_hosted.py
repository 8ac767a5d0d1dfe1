# A computing centre with its own GitLab.
c = get_config()

c.JupyterHub.authenticator_class = "suite-gitlab"
c.JupyterHub.public_url = "https://jupyter.hpc.example.eu/"
c.GitLabOAuthenticator.gitlab_url = "https://gitlab.hpc.example.eu"
c.GitLabOAuthenticator.client_id = "8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b"
c.GitLabOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitLabOAuthenticator.scope = ["read_api"]
c.GitLabOAuthenticator.allowed_gitlab_groups = {"hpc/users", "hpc/staff"}
c.GitLabOAuthenticator.admin_users = {"root-of-all"}
c.GitLabOAuthenticator.blocked_users = {"mallory"}
