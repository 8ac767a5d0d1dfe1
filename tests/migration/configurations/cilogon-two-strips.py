# Both members of the consortium want short names.
c.JupyterHub.authenticator_class = "cilogon"
c.CILogonOAuthenticator.client_id = "a-client-id"
c.CILogonOAuthenticator.client_secret = "a-client-secret"
c.CILogonOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.CILogonOAuthenticator.idps = {
    "urn:mace:incommon:campus.example": {
        "username_derivation": {"username_claim": "email", "action": "strip_idp_domain", "domain": "campus.example"},
        "allow_all": True,
    },
    "https://idp.college.example/shibboleth": {
        "username_derivation": {"username_claim": "email", "action": "strip_idp_domain", "domain": "college.example"},
        "allow_all": True,
    },
}
