"""A hub on whose page people sign in with GitHub, with the university, or with a guest's password. In the environment:

    GITHUB_CLIENT_ID=…  GITHUB_CLIENT_SECRET=…            as registered at GitHub
    UNIVERSITY_CLIENT_ID=…  UNIVERSITY_CLIENT_SECRET=…    as registered at the university
    JUPYTERHUB_CRYPT_KEY=$(openssl rand -hex 32)          made once, and kept

Redirect URIs to register, and every option: docs/how-to/several-at-once.md.
"""

import os

c = get_config()

c.JupyterHub.authenticator_class = "suite-multi"

# --- The ways to sign in, in the order of the page. ------------------------------------------------------------------
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "suite-github",
        "config": {
            "scope": ["read:org"],
            "allowed_organizations": {"physics-lab"},
        },
    },
    {
        "authenticator_class": "suite-generic",
        "provider": "university",  # in URLs, and in names such as university:alice
        "login_service": "the university",  # what people read: "Sign in with the university"
        "icon": "solid/graduation-cap",
        "config": {
            "issuer": "https://login.example.edu/realms/people",
            "client_id": os.environ["UNIVERSITY_CLIENT_ID"],
            "client_secret": os.environ["UNIVERSITY_CLIENT_SECRET"],
            "scope": ["openid", "profile", "email", "groups"],
            "manage_groups": True,
            "auth_state_groups_key": "oauth_user.groups",
            "allowed_groups": {"students", "teachers"},
            "admin_groups": {"hub-admins"},
        },
    },
    {
        "authenticator_class": "suite-dictionary",
        "provider": "guest",
        "login_service": "a guest's password",
    },
]

# --- A class of which there is one only may have its options in its own section. -------------------------------------
c.DictionaryAuthenticator.passwords = {
    "grace": "$argon2id$v=19$m=19456,t=2,p=1$v58YDCGGZtcRkY/8fhbDvQ$nfUgmR0jIt9XxoKpVHwFR0rpuFYt1pn2xg8hVtDMTGY",
}
c.DictionaryAuthenticator.allow_all = True

# --- Of two people with the same name, the account is that of the one who came first. The other is told so. ----------
c.MultiAuthenticator.username_collision = "reject"

# --- Names say whose they are. ---------------------------------------------------------------------------------------
c.MultiAuthenticator.admin_users = {"github:octocat"}
c.MultiAuthenticator.blocked_users = {"university:mallory"}

# --- For all of them. ------------------------------------------------------------------------------------------------
c.Authenticator.auth_refresh_age = 300
