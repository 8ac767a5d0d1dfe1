c = get_config()
c.JupyterHub.authenticator_class = "cilogon"
cilogon = c.CILogonOAuthenticator
cilogon.client_id = "a-client-id"
cilogon.client_secret = "a-client-secret"
cilogon.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
cilogon.scope = ["openid", "email", "org.cilogon.userinfo"]
cilogon.idps = {
    "http://github.com/login/oauth/authorize": {
        "username_derivation": {"username_claim": "preferred_username"},
        "allowed_domains": ["campus.example"],
        "allowed_domains_claim": "email",
    },
    "http://google.com/accounts/o8/id": {
        "username_derivation": {"username_claim": "email", "action": "prefix", "prefix": "google"},
    },
}
