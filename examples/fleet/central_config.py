"""The central Hub of a fleet: docs/how-to/fleet-of-hubs.md.

Users of all Hubs sign in here, at the university's OpenID provider. The provider knows the redirect URI of this Hub
alone: https://login.example.org/hub/oauth_callback. This Hub starts no servers.
"""

from pathlib import Path

SECRETS = Path("/run/secrets")

# The other Hubs, and their URLs.
MEMBERS = {
    "physics-hub": "https://physics.example.org",
    "chemistry-hub": "https://chemistry.example.org",
}

c = get_config()

# --- The provider. ---------------------------------------------------------------------------------------------------
c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://login.example.org/"
c.GenericOAuthenticator.issuer = "https://sso.example.org/realms/university"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = str(SECRETS / "provider_client_secret")
c.GenericOAuthenticator.login_service = "the university"

# --- Who may use the fleet. The groups of the provider become groups of this Hub, and of the other Hubs. -------------
c.GenericOAuthenticator.scope = ["openid", "profile", "email", "groups"]
c.GenericOAuthenticator.manage_groups = True
c.GenericOAuthenticator.allowed_groups = {"physics", "chemistry"}

# --- Ask the provider again while users are signed in, and skip the sign-in page of this Hub. ------------------------
c.CryptKeeper.keys = (SECRETS / "crypt_key").read_text().split()
c.GenericOAuthenticator.enable_auth_state = True
c.GenericOAuthenticator.auto_login_oauth2_authorize = True

# --- The other Hubs are services of this one. ------------------------------------------------------------------------
c.JupyterHub.services = [
    {
        "name": name,
        "oauth_client_id": f"service-{name}",
        "api_token": (SECRETS / f"{name}_secret").read_text().strip(),
        "oauth_redirect_uri": f"{url}/hub/oauth_callback",
        "oauth_no_confirm": True,
    }
    for name, url in MEMBERS.items()
]

# --- Users may sign in at the other Hubs, and have no servers here. --------------------------------------------------
c.JupyterHub.load_roles = [
    {"name": "user", "scopes": ["read:users!user", *(f"access:services!service={name}" for name in MEMBERS)]},
]
