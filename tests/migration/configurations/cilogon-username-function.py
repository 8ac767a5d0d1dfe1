# Usernames may not have an @ here, because home directories are mounted by name.
from oauthenticator.cilogon import CILogonOAuthenticator

c = get_config()


def without_at(user_info):
    return user_info["email"].replace("@", "-")


class CampusCILogon(CILogonOAuthenticator):
    def user_info_to_username(self, user_info):
        super().user_info_to_username(user_info)  # refuses other identity providers
        return without_at(user_info)


c.JupyterHub.authenticator_class = CampusCILogon
c.CampusCILogon.client_id = "a-client-id"
c.CampusCILogon.client_secret = "a-client-secret"
c.CampusCILogon.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.CampusCILogon.allowed_idps = {
    "urn:mace:incommon:campus.example": {
        "username_derivation": {"username_claim": "email"},
        "allow_all": True,
    },
}
