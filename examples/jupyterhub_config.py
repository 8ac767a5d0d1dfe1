"""A JupyterHub that logs people in through OpenID Connect.

Three variables in the environment say which provider it is (`oauthenticator-suite demo` sets them for its own):

    OIDC_ISSUER           the provider's address, as it names itself, e.g. https://login.example.org/realms/science
    OAUTH_CLIENT_ID       what the provider calls this Hub
    OAUTH_CLIENT_SECRET   and the secret it has given to it

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

# Keep the user's tokens, encrypted with the key in JUPYTERHUB_CRYPT_KEY (make one with: openssl rand -hex 32).
c.GenericOAuthenticator.enable_auth_state = True

# What a user gets after signing in: a small page of the demo's, in a process of this machine that runs as the Hub's own
# user. In earnest, take a spawner that keeps users apart, and remove these two lines' command.
c.JupyterHub.spawner_class = "simple"
c.Spawner.cmd = [sys.executable, "-m", "oauthenticator_suite.cli.demo.singleuser"]
