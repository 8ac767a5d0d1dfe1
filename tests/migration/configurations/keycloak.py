import os
import sys

from oauthenticator.generic import GenericOAuthenticator

# Authenticator Configuration
c.JupyterHub.authenticator_class = GenericOAuthenticator
c.GenericOAuthenticator.client_id = os.getenv("OAUTH_CLIENT_ID")
c.GenericOAuthenticator.client_secret = os.getenv("OAUTH_CLIENT_SECRET")
c.GenericOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
realm = "https://sso.campus.example/realms/campus/protocol/openid-connect"
c.GenericOAuthenticator.authorize_url = realm + "/auth"
c.GenericOAuthenticator.token_url = realm + "/token"
c.GenericOAuthenticator.userdata_url = realm + "/userinfo"
c.GenericOAuthenticator.scope = ["openid", "profile", "email"]
c.GenericOAuthenticator.username_claim = "email"

# User Permissions
c.Authenticator.enable_auth_state = True
c.GenericOAuthenticator.allow_all = True
c.Authenticator.admin_users = {"alice@example.org"}
