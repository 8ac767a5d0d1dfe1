# The IdP lets everybody of three campuses in, so this hub lists its people.
c.JupyterHub.authenticator_class = "oauthenticator.CILogonOAuthenticator"
c.CILogonOAuthenticator.client_id = "a-client-id"
c.CILogonOAuthenticator.client_secret = "a-client-secret"
c.CILogonOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.CILogonOAuthenticator.allowed_idps = {
    "https://idp.college.example/shibboleth": {"username_derivation": {"username_claim": "email"}},
    "urn:mace:incommon:campus.example": {"username_derivation": {"username_claim": "email"}},
}
c.Authenticator.allowed_users = {"alice@campus.example", "erin@college.example"}
c.Authenticator.blocked_users = {"bob@med.campus.example"}
c.Authenticator.admin_users = {"erin@college.example"}
# c.Authenticator.admin_users |= {"bob@med.campus.example"}
