"""A JupyterHub whose users sign in with GitHub, with the university, or with a guest's password.

It reads five environment variables:

    GITHUB_CLIENT_ID=…  GITHUB_CLIENT_SECRET=…            as registered at GitHub
    UNIVERSITY_CLIENT_ID=…  UNIVERSITY_CLIENT_SECRET=…    as registered at the university
    JUPYTERHUB_CRYPT_KEY=$(openssl rand -hex 32)          created once, and kept

Redirect URIs to register, and all options: docs/how-to/several-at-once.md.
"""

import os

c = get_config()

c.JupyterHub.authenticator_class = "suite-multi"

# --- The ways to sign in, in the order of the sign-in page. ----------------------------------------------------------
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
        "provider": "university",  # the name in URLs and in usernames such as university:alice
        "login_service": "the university",  # the button says "Sign in with the university"
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

# --- Options of a class that only one entry uses can be in the section of the class. ---------------------------------
# Replace this hash, because its password is public: "battery staple". `oauthenticator-suite hash-password` makes one.
c.DictionaryAuthenticator.passwords = {
    "grace": "$argon2id$v=19$m=19456,t=2,p=1$dsPzxkNohmfNbj21jPbFFQ$hrulmQI2/1Mih1UlSIl0+L6HJGmiKGztL1WehbDuNfI",
}
c.DictionaryAuthenticator.allow_all = True

# --- Of two users with the same username, the first one gets the account. The other one is refused. ------------------
c.MultiAuthenticator.username_collision = "reject"

# --- Usernames in options for all entries name their provider. -------------------------------------------------------
c.MultiAuthenticator.admin_users = {"github:octocat"}
c.MultiAuthenticator.blocked_users = {"university:mallory"}

# --- Options for all entries. ----------------------------------------------------------------------------------------
c.Authenticator.auth_refresh_age = 300
