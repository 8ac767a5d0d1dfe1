"""The physics Hub of a fleet: docs/how-to/fleet-of-hubs.md. Its users sign in at the central Hub."""

from pathlib import Path

SECRETS = Path("/run/secrets")

c = get_config()

c.JupyterHub.authenticator_class = "suite-jupyterhub"
c.JupyterHub.public_url = "https://physics.example.org/"
c.JupyterHubOAuthenticator.hub_url = "https://login.example.org"
c.JupyterHubOAuthenticator.client_id = "service-physics-hub"
c.JupyterHubOAuthenticator.client_secret_file = str(SECRETS / "physics-hub_secret")
c.JupyterHubOAuthenticator.auto_login = True

# --- Who may use this Hub: groups of the provider, as the central Hub has them. --------------------------------------
c.JupyterHubOAuthenticator.manage_groups = True
c.JupyterHubOAuthenticator.allowed_groups = {"physics"}
c.JupyterHubOAuthenticator.admin_users = {"ada"}

# --- Ask the central Hub again while users are signed in, and log out there as well. ---------------------------------
c.CryptKeeper.keys = (SECRETS / "crypt_key").read_text().split()
c.JupyterHubOAuthenticator.enable_auth_state = True
c.JupyterHubOAuthenticator.logout_redirect_url = "https://login.example.org/hub/logout"
