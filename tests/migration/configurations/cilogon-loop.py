# The consortium's members, one line each: entity id, domain of the e-mail addresses.
MEMBERS = [
    ("urn:mace:incommon:campus.example", "campus.example"),
    ("https://idp.college.example/shibboleth", "college.example"),
]

c.JupyterHub.authenticator_class = "cilogon"
c.CILogonOAuthenticator.skin = "consortium"
c.CILogonOAuthenticator.client_id = "a-client-id"
c.CILogonOAuthenticator.client_secret = "a-client-secret"
c.CILogonOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"

idps = {}
for entity_id, domain in MEMBERS:
    idps[entity_id] = {
        "username_derivation": {"username_claim": "email"},
        "allowed_domains": [domain],
    }
idps[MEMBERS[0][0]]["default"] = True
c.CILogonOAuthenticator.idps = idps

admins = []
for name in ("alice", "provost"):
    admins.append(f"{name}@campus.example")
c.Authenticator.admin_users = set(admins)
