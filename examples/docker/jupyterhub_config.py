"""The configuration of the Hub in compose.yaml. The environment and the secrets come from there."""

import os
from pathlib import Path

SECRETS = Path("/run/secrets")


def secret(name):
    return (SECRETS / name).read_text(encoding="utf-8").strip()


c = get_config()

# --- This Hub. -------------------------------------------------------------------------------------------------------
c.JupyterHub.public_url = os.environ["PUBLIC_URL"]
c.JupyterHub.cookie_secret_file = "/srv/data/cookie_secret"
os.environ["PGPASSWORD"] = secret("database_password")
c.JupyterHub.db_url = "postgresql+psycopg://hub@database/hub"

# --- The provider. OIDC_ISSUER and OAUTH_CLIENT_ID are read from the environment. -------------------------------------
c.JupyterHub.authenticator_class = "suite-generic"
c.GenericOAuthenticator.client_secret_file = str(SECRETS / "oauth_client_secret")

# --- Who may sign in. ------------------------------------------------------------------------------------------------
c.GenericOAuthenticator.scope = ["openid", "profile", "email", "groups"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.manage_groups = True
c.GenericOAuthenticator.allowed_groups = {"hub-users"}
c.GenericOAuthenticator.admin_groups = {"hub-admins"}

# --- Refresh: ask the provider again while users are signed in. ------------------------------------------------------
c.CryptKeeper.keys = secret("crypt_key").split()
c.GenericOAuthenticator.enable_auth_state = True

# --- A container for each user's server. -----------------------------------------------------------------------------
c.JupyterHub.spawner_class = "docker"
c.JupyterHub.hub_ip = ""  # all interfaces of the container
c.JupyterHub.hub_connect_ip = "hub"
c.DockerSpawner.image = "quay.io/jupyter/base-notebook:latest"  # better: a tag that does not change
c.DockerSpawner.network_name = "hub-servers"
c.DockerSpawner.remove = True
c.DockerSpawner.volumes = {"home-{username}": "/home/jovyan"}
