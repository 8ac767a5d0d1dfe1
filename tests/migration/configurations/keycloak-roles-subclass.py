# Client roles of the realm become roles of JupyterHub.
import json
from urllib.parse import urlencode

from oauthenticator.generic import GenericOAuthenticator
from traitlets import Unicode

c = get_config()


class KeycloakRolesOAuthenticator(GenericOAuthenticator):
    admin_api_url = Unicode(config=True, help="The admin REST API of the realm.")

    async def update_auth_model(self, auth_model):
        auth_model = await super().update_auth_model(auth_model)
        user_id = auth_model["auth_state"][self.user_auth_state_key]["sub"]
        roles = await self._get_client_roles(user_id, await self._get_token())
        auth_model["roles"] = [{"name": name, "scopes": []} for name in roles]
        # the list replaces all roles, so the usual ones must be in it
        if auth_model["admin"]:
            auth_model["roles"].append({"name": "admin"})
        if await self.check_allowed(auth_model["name"], auth_model):
            auth_model["roles"].append({"name": "user"})
        return auth_model

    async def _get_token(self):
        body = urlencode(
            {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "grant_type": "client_credentials",
            }
        )
        response = await self.http_client.fetch(self.token_url, method="POST", body=body)
        return json.loads(response.body)["access_token"]

    async def _get_client_roles(self, user_id, token):
        response = await self.http_client.fetch(
            f"{self.admin_api_url}/users/{user_id}/role-mappings/realm",
            headers={"Authorization": f"Bearer {token}"},
        )
        return [role["name"] for role in json.loads(response.body)]


c.JupyterHub.authenticator_class = KeycloakRolesOAuthenticator
realm = "https://sso.campus.example/realms/campus"
c.KeycloakRolesOAuthenticator.admin_api_url = "https://sso.campus.example/admin/realms/campus"
c.KeycloakRolesOAuthenticator.enable_auth_state = True
c.KeycloakRolesOAuthenticator.manage_roles = True
c.GenericOAuthenticator.client_id = "a-client-id"
c.GenericOAuthenticator.client_secret = "a-client-secret"
c.GenericOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.GenericOAuthenticator.authorize_url = f"{realm}/protocol/openid-connect/auth"
c.GenericOAuthenticator.token_url = f"{realm}/protocol/openid-connect/token"
c.GenericOAuthenticator.userdata_url = f"{realm}/protocol/openid-connect/userinfo"
c.GenericOAuthenticator.login_service = "Keycloak"
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.manage_groups = True
c.GenericOAuthenticator.auth_state_groups_key = "oauth_user.groups"
c.GenericOAuthenticator.allowed_groups = {"/lab", "/students"}
c.GenericOAuthenticator.admin_groups = {"/lab/staff"}
