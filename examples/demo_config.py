"""The Hub of `oauthenticator-suite demo`: jupyterhub_config.py of this folder, with a second way to sign in.

It shows how a Hub with one provider becomes a Hub with several, and how groups give roles. It reads the environment
variables of jupyterhub_config.py. Start from that file for a Hub of your own.
"""

import os

c = get_config()

# The provider, its rules, and the server that a user gets.
load_subconfig(os.path.join(os.path.dirname(__file__), "jupyterhub_config.py"))

# --- The ways to sign in, in the order of the sign-in page. The options of a class are in its section. ---------------
c.JupyterHub.authenticator_class = "suite-multi"
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "suite-generic",
        "provider": "university",  # in URLs: the redirect URI is https://<your hub>/hub/auth/university/authorize
        "login_service": "Demo University",
        "icon": "solid/graduation-cap",
    },
    {
        "authenticator_class": "suite-dictionary",
        "provider": "guests",
        "login_service": "a guest account",
    },
]

# --- Guests: name and password in this file. `oauthenticator-suite hash-password` makes the hash. --------------------
c.DictionaryAuthenticator.passwords = {
    "grace": "$argon2id$v=19$m=19456,t=2,p=1$wbBv1duQ14aEcmh7kj9wWg$b4ehEzNoo/OJGrHYIJWmEX71ipdkgTQ4KxbF2aRcJpc",
}
c.DictionaryAuthenticator.allow_all = True  # everyone in the list

# --- Members of the group "teachers" at the university get the role "teacher". ----------------------------------------
c.JupyterHub.load_roles = [
    {
        "name": "teacher",
        "description": "May see and start the servers of all users, and read the status of sign-ins",
        "scopes": ["admin-ui", "list:users", "servers", "access:servers"],
    },
]
c.GenericOAuthenticator.manage_roles = True
c.GenericOAuthenticator.group_roles = {"teachers": ["teacher"]}

# --- The pages that users see. ---------------------------------------------------------------------------------------
c.MultiAuthenticator.hub_name = "Demo Hub"
c.MultiAuthenticator.support_contact = os.environ["OIDC_ISSUER"]  # "Get help" leads to the demo's own page

# --- For the demo only: the Hub asks the provider about a user every five seconds, so that changes show at once. -----
c.Authenticator.auth_refresh_age = 5
c.GenericOAuthenticator.user_data_max_age = 2
# One person tries all accounts: signing out of the Hub ends the session at the provider too.
c.GenericOAuthenticator.rp_initiated_logout = True
# The page of a user's server links to the demo's own page.
c.Spawner.environment = {"DEMO_URL": os.environ["OIDC_ISSUER"]}
