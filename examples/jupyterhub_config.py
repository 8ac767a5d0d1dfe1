"""A JupyterHub that logs people in through OpenID Connect.

Four variables in the environment say the rest (`oauthenticator-suite demo` sets them for its own provider):

    OIDC_ISSUER           the provider's address, as it names itself, e.g. https://login.example.org/realms/science
    OAUTH_CLIENT_ID       what the provider calls this Hub
    OAUTH_CLIENT_SECRET   and the secret it has given to it
    JUPYTERHUB_CRYPT_KEY  a key of the Hub's own, made once and kept: openssl rand -hex 32

At the provider, register the redirect URI https://<your hub>/hub/oauth_callback.
"""

import os
import sys

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"

# The provider. Its endpoints and keys are found through its issuer address.
c.GenericOAuthenticator.issuer = os.environ["OIDC_ISSUER"]
c.GenericOAuthenticator.client_id = os.environ["OAUTH_CLIENT_ID"]
c.GenericOAuthenticator.client_secret = os.environ["OAUTH_CLIENT_SECRET"]
c.GenericOAuthenticator.login_service = "OpenID Connect"  # the button says "Sign in with …"

# What to ask for, and which of the answers becomes the name on this Hub.
c.GenericOAuthenticator.scope = ["openid", "profile", "email", "groups"]
c.GenericOAuthenticator.username_claim = "preferred_username"

# Who may come in: by the provider's groups here. By name: allowed_users and admin_users. Everybody: allow_all.
c.GenericOAuthenticator.manage_groups = True
c.GenericOAuthenticator.auth_state_groups_key = "oauth_user.groups"
c.GenericOAuthenticator.allowed_groups = {"hub-users"}
c.GenericOAuthenticator.admin_groups = {"hub-admins"}

# Keep the user's tokens, encrypted with JUPYTERHUB_CRYPT_KEY.
c.GenericOAuthenticator.enable_auth_state = True

# Signing out of the Hub can sign out at the provider, too, once https://<your hub>/hub/oauth_logged_out is registered
# there as a place to return to.
# c.GenericOAuthenticator.rp_initiated_logout = True

# What a user gets after signing in: here a small page, from a process that runs as the same system user as the Hub. In
# earnest, have a spawner that keeps users apart, and leave its command as it is.
c.JupyterHub.spawner_class = "simple"
c.Spawner.cmd = [sys.executable, "-m", "oauthenticator_suite.cli.demo.singleuser"]
