"""Users' permissions decide who may sign in and who is an administrator."""

from oauthenticator.generic import GenericOAuthenticator
from traitlets import Unicode, Set

c = get_config()


class PermissionsOAuthenticator(GenericOAuthenticator):
    login_service = "Campus"
    user_permission = Unicode("user", config=True)
    admin_permissions = Set({"admin"}, config=True)

    async def update_auth_model(self, auth_model):
        permissions = set(auth_model["auth_state"]["oauth_user"].get("groups") or ())
        if permissions & self.admin_permissions:
            auth_model["admin"] = True
        elif auth_model["admin"] is None:
            auth_model["admin"] = False
        return auth_model

    async def check_allowed(self, username, auth_model):
        if auth_model is None:
            return True
        permissions = set(auth_model["auth_state"]["oauth_user"].get("groups") or ())
        if self.user_permission in permissions or permissions & self.admin_permissions:
            return True
        return await super().check_allowed(username, auth_model)


c.JupyterHub.authenticator_class = PermissionsOAuthenticator
c.PermissionsOAuthenticator.user_permission = "/students"
c.PermissionsOAuthenticator.admin_permissions = {"/lab/staff"}
c.PermissionsOAuthenticator.client_id = "a-client-id"
c.PermissionsOAuthenticator.client_secret = "a-client-secret"
c.PermissionsOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
for name, path in {"authorize_url": "auth", "token_url": "token", "userdata_url": "userinfo"}.items():
    c.PermissionsOAuthenticator[name] = f"https://sso.campus.example/realms/campus/protocol/openid-connect/{path}"
c.PermissionsOAuthenticator.scope = ["openid", "profile"]
c.PermissionsOAuthenticator.username_claim = "preferred_username"
