"""A JupyterHub whose users sign in with OpenID Connect.

It reads four environment variables. `oauthenticator-suite demo` sets them for its own provider.

    OIDC_ISSUER           the provider's issuer identifier, such as https://login.example.org/realms/science
    OAUTH_CLIENT_ID       the client ID that the provider gave the Hub
    OAUTH_CLIENT_SECRET   the client secret that the provider gave the Hub
    JUPYTERHUB_CRYPT_KEY  a key for encrypting auth_state; create it once and keep it: openssl rand -hex 32

Register the redirect URI https://<your hub>/hub/oauth_callback at the provider.
"""

import os
import sys

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"

# The provider. The Hub discovers its endpoints and keys from the issuer.
c.GenericOAuthenticator.issuer = os.environ["OIDC_ISSUER"]
c.GenericOAuthenticator.client_id = os.environ["OAUTH_CLIENT_ID"]
c.GenericOAuthenticator.client_secret = os.environ["OAUTH_CLIENT_SECRET"]
c.GenericOAuthenticator.login_service = "OpenID Connect"  # the button says "Sign in with …"

# The scopes to ask for, and the claim that becomes the username on this Hub.
c.GenericOAuthenticator.scope = ["openid", "profile", "email", "groups"]
c.GenericOAuthenticator.username_claim = "preferred_username"

# Who may sign in: here, members of a group at the provider. By name: allowed_users. Everybody: allow_all.
c.GenericOAuthenticator.manage_groups = True
c.GenericOAuthenticator.auth_state_groups_key = "oauth_user.groups"
c.GenericOAuthenticator.allowed_groups = {"hub-users"}
c.GenericOAuthenticator.admin_groups = {"hub-admins"}

# Store the user's tokens, encrypted with JUPYTERHUB_CRYPT_KEY, so that the Hub can refresh users.
c.GenericOAuthenticator.enable_auth_state = True

# To log out at the provider too, register https://<your hub>/hub/oauth_logged_out there as post logout redirect URI,
# and set:
# c.GenericOAuthenticator.rp_initiated_logout = True

# The server that a user gets: here a small page, from a process that runs as the same system user as the Hub. On a real
# Hub, use a spawner that isolates users from each other, and do not set its command.
c.JupyterHub.spawner_class = "simple"
c.Spawner.cmd = [sys.executable, "-m", "oauthenticator_suite.cli.demo.singleuser"]
