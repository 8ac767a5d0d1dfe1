"""A Hub with four ways to sign in: two OpenID providers, the users of the system, and a dictionary."""

import json
import os
import sys

c = get_config()  # noqa: F821 - traitlets gives it to configuration files

hub_url = os.environ["SEVERAL_HUB_URL"]
client = {
    "client_id": "hub",
    "manage_groups": True,
    "auth_state_groups_key": "oauth_user.groups",
    "rp_initiated_logout": True,
}

c.JupyterHub.authenticator_class = "suite-multi"
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "suite-generic",
        "provider": "campus",
        "login_service": "the university",
        "icon": "solid/school",
        "config": {
            **client,
            "issuer": os.environ["SEVERAL_CAMPUS"],
            "client_secret": os.environ["SEVERAL_CAMPUS_SECRET"],
            "scope": ["openid", "profile", "email", "groups"],
            "allowed_groups": {"hub-users"},
            "admin_groups": {"hub-admins"},
            "user_data_max_age": 1,
        },
    },
    {
        "authenticator_class": "suite-generic",
        "provider": "lab",
        "login_service": "the lab",
        "icon": "solid/flask",
        "config": {
            **client,
            "issuer": os.environ["SEVERAL_LAB"],
            "client_secret": os.environ["SEVERAL_LAB_SECRET"],
            "scope": ["openid", "profile", "email", "groups", "offline_access"],
            "extra_authorize_params": {"prompt": "consent"},  # without it this provider gives no refresh token
            "allow_all": True,
            "admin_groups": {"leads"},
            "revoke_tokens_on_logout": True,
        },
    },
    {"authenticator_class": "suite-pam", "provider": "server", "login_service": "the server"},
    {"authenticator_class": "suite-dictionary", "provider": "guests", "login_service": "a guest's password"},
]
c.MultiAuthenticator.blocked_users = {"lab:mallory"}
c.MultiAuthenticator.admin_users = {"guests:chief"}

# for all of them
c.Authenticator.auth_refresh_age = 1
c.Authenticator.logout_redirect_url = f"{hub_url}/hub/health"

# two of them in their own sections
c.PAMAuthenticator.service = "hub"
c.PAMAuthenticator.service_folder = os.environ["SEVERAL_PAM_SERVICES"]
c.PAMAuthenticator.manage_groups = True
c.PAMAuthenticator.admin_groups = {"wheels"}
c.PAMAuthenticator.user_groups = {"physicists"}

with open(os.environ["SEVERAL_GUESTS"], encoding="utf-8") as people:
    c.DictionaryAuthenticator.update(json.load(people))
c.DictionaryAuthenticator.allow_all = True
c.DictionaryAuthenticator.manage_groups = True
c.DictionaryAuthenticator.failure_delay = 0

c.JupyterHub.services = [{"name": "watch", "api_token": os.environ["SEVERAL_API_TOKEN"]}]
c.JupyterHub.load_roles = [{"name": "watch", "scopes": ["read:users"], "services": ["watch"]}]
c.JupyterHub.spawner_class = "simple"
c.Spawner.cmd = [sys.executable, "-m", "oauthenticator_suite.cli.demo.singleuser"]
