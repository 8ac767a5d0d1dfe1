c.JupyterHub.authenticator_class = "cilogon"  # noqa: F821
c.OAuthenticator.client_id = "a-client-id"
c.OAuthenticator.client_secret = "a-client-secret"
c.OAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"

# home directories are named after the part before the @
c.CILogonOAuthenticator.allowed_idps = {
    "urn:mace:incommon:campus.example": {
        "username_derivation": {
            "username_claim": "eppn",
            "action": "strip_idp_domain",
            "domain": "campus.example",
        },
        "allowed_domains": ["campus.example"],
    }
}
