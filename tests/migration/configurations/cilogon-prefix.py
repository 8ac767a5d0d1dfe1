# Students sign in with the campus IdP, guests with GitHub. Guests get a prefix so that nobody can take a NetID.
import os

c = get_config()  # noqa

CAMPUS = "urn:mace:incommon:campus.example"
GITHUB = "http://github.com/login/oauth/authorize"

c.JupyterHub.authenticator_class = "cilogon"
c.JupyterHub.bind_url = "http://:8000"
c.CILogonOAuthenticator.client_id = os.environ["OAUTH_CLIENT_ID"]
c.CILogonOAuthenticator.client_secret = os.environ["OAUTH_CLIENT_SECRET"]
c.CILogonOAuthenticator.oauth_callback_url = os.environ["OAUTH_CALLBACK_URL"]
c.CILogonOAuthenticator.allowed_idps = {
    CAMPUS: {
        "username_derivation": {
            "username_claim": "email",
            "action": "strip_idp_domain",
            "domain": "campus.example",
        },
        "allow_all": True,
    },
    GITHUB: {
        "username_derivation": {
            "username_claim": "preferred_username",
            "action": "prefix",
            "prefix": "github",
        },
    },
}
# guests, one by one
c.Authenticator.allowed_users = {"github:dave"}
c.Authenticator.admin_users = {"alice"}
