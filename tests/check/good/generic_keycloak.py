# Keycloak by GenericOAuthenticator with explicit endpoints, as in many older guides.
# env: OAUTH_CLIENT_SECRET=Zm9vYmFyLXNlY3JldC1vZi1hLWNsaWVudA
import os

c = get_config()

REALM = "https://auth.example.org/realms/lab/protocol/openid-connect"

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.lab.example.org/"
c.GenericOAuthenticator.client_id = "hub"
c.GenericOAuthenticator.client_secret = os.environ["OAUTH_CLIENT_SECRET"]
c.GenericOAuthenticator.oauth_callback_url = "https://hub.lab.example.org/hub/oauth_callback"
c.GenericOAuthenticator.issuer = "https://auth.example.org/realms/lab"
c.GenericOAuthenticator.authorize_url = REALM + "/auth"
c.GenericOAuthenticator.token_url = REALM + "/token"
c.GenericOAuthenticator.userdata_url = REALM + "/userinfo"
c.GenericOAuthenticator.scope = ["openid", "email", "profile"]
c.GenericOAuthenticator.login_service = "Lab account"
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"mcurie", "lmeitner"}
c.GenericOAuthenticator.admin_users = {"mcurie"}
