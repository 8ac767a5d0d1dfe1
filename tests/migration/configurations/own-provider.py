"""A provider of our own, after the example in the documentation of oauthenticator."""

import os

from oauthenticator.oauth2 import OAuthenticator


class CampusOAuthenticator(OAuthenticator):
    login_service = "the campus"
    authorize_url = "https://sso.campus.example/realms/campus/protocol/openid-connect/auth"
    token_url = "https://sso.campus.example/realms/campus/protocol/openid-connect/token"
    userdata_url = "https://sso.campus.example/realms/campus/protocol/openid-connect/userinfo"
    scope = ["openid", "profile"]
    user_auth_state_key = "campus_user"

    def user_info_to_username(self, user_info):
        return user_info["preferred_username"].upper()

    async def update_auth_model(self, auth_model):
        groups = auth_model["auth_state"][self.user_auth_state_key]["groups"]
        auth_model["admin"] = auth_model["admin"] or "/lab/staff" in groups
        return auth_model


c = get_config()
c.JupyterHub.authenticator_class = CampusOAuthenticator
c.CampusOAuthenticator.client_id = os.environ["OAUTH_CLIENT_ID"]
c.CampusOAuthenticator.client_secret = os.environ["OAUTH_CLIENT_SECRET"]
c.CampusOAuthenticator.oauth_callback_url = os.environ["OAUTH_CALLBACK_URL"]
c.CampusOAuthenticator.allowed_users = {"bob"}
