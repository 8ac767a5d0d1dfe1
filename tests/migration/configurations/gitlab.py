import os

c = get_config()
c.JupyterHub.authenticator_class = "gitlab"
c.GitLabOAuthenticator.gitlab_url = "https://gitlab.campus.example"
c.GitLabOAuthenticator.oauth_callback_url = os.environ["OAUTH_CALLBACK_URL"]
c.GitLabOAuthenticator.client_id = os.environ["OAUTH_CLIENT_ID"]
c.GitLabOAuthenticator.client_secret = os.environ["OAUTH_CLIENT_SECRET"]
c.GitLabOAuthenticator.scope = ["read_api"]
c.GitLabOAuthenticator.allowed_gitlab_groups = {"team/ops"}
if extra := os.environ.get("PROJECT_IDS"):
    c.GitLabOAuthenticator.allowed_project_ids = {int(number) for number in extra.split(",")}
c.Authenticator.admin_users = {"alice"}
