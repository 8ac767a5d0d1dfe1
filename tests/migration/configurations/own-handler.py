# The campus wants to know which hub a login is for.
from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.oauth2 import OAuthLoginHandler


class CampusLoginHandler(OAuthLoginHandler):
    def authorize_redirect(self, *args, **kwargs):
        kwargs.setdefault("extra_params", {})["ui_locales"] = "en"
        return super().authorize_redirect(*args, **kwargs)


class CampusOAuthenticator(GenericOAuthenticator):
    login_handler = CampusLoginHandler


realm = "https://sso.campus.example/realms/campus/protocol/openid-connect"
c.JupyterHub.authenticator_class = CampusOAuthenticator
c.CampusOAuthenticator.client_id = "a-client-id"
c.CampusOAuthenticator.client_secret = "a-client-secret"
c.CampusOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.CampusOAuthenticator.authorize_url = f"{realm}/auth"
c.CampusOAuthenticator.token_url = f"{realm}/token"
c.CampusOAuthenticator.userdata_url = f"{realm}/userinfo"
c.CampusOAuthenticator.scope = ["openid", "profile"]
c.CampusOAuthenticator.username_claim = "preferred_username"
c.CampusOAuthenticator.allowed_users = {"alice"}
