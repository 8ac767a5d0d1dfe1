# Everything comes from the environment of the container.
import os

from oauthenticator.generic import GenericOAuthenticator

c.JupyterHub.authenticator_class = GenericOAuthenticator
c.GenericOAuthenticator.extra_authorize_params = dict(
    (x, y) for x, y in (element.split("=") for element in os.environ.get("EXTRA_AUTHORIZE_PARAMS").split(","))
)
c.GenericOAuthenticator.enable_auth_state = True
c.GenericOAuthenticator.username_key = "preferred_username"
c.GenericOAuthenticator.scope = os.environ.get("SCOPE").split(";")
c.GenericOAuthenticator.admin_users = set(os.environ.get("ADMIN_USERS").split(";"))
c.GenericOAuthenticator.tls_verify = True


async def post_auth_hook(authenticator, handler, authentication):
    # the realm's groups are used by the spawner
    authentication["auth_state"]["projects"] = authentication["auth_state"]["oauth_user"]["groups"]
    return authentication


c.GenericOAuthenticator.post_auth_hook = post_auth_hook


def mount_projects(spawner, auth_state):
    spawner.environment["PROJECTS"] = " ".join(auth_state["projects"])


c.Spawner.auth_state_hook = mount_projects
