# One file for the hubs of two institutes
import os

import oauthenticator
from oauthenticator.github import GitHubOAuthenticator
from oauthenticator.gitlab import GitLabOAuthenticator

c = get_config()

if os.environ.get("INSTITUTE") == "physics":
    c.JupyterHub.authenticator_class = "github"
    c.GitHubOAuthenticator.allowed_organizations = {"lab"}
    c.GitHubOAuthenticator.scope = ["read:org"]
else:
    c.JupyterHub.authenticator_class = GitLabOAuthenticator
    c.GitLabOAuthenticator.gitlab_url = "https://gitlab.campus.example"
    c.GitLabOAuthenticator.allow_all = True

c.OAuthenticator.client_id = "a-client-id"
c.OAuthenticator.client_secret = "a-client-secret"
c.OAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.OAuthenticator.enable_auth_state = True

if c.JupyterHub.authenticator_class == "github":
    c.Authenticator.admin_users = {"alice"}


def environment(spawner, auth_state):
    if isinstance(spawner.authenticator, GitHubOAuthenticator):
        spawner.environment["LOGIN"] = auth_state["github_user"]["login"]
    elif isinstance(spawner.authenticator, oauthenticator.gitlab.GitLabOAuthenticator):
        spawner.environment["LOGIN"] = auth_state["gitlab_user"]["username"]


c.Spawner.auth_state_hook = environment
