c = get_config()

c.JupyterHub.authenticator_class = "suite-okta"
c.JupyterHub.public_url = "https://hub.company.example.com/"
c.OktaOAuthenticator.okta_domain = "company.okta.com"
c.OktaOAuthenticator.client_id = "0oa1b2c3d4E5f6G7h8i9"
c.OktaOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.OktaOAuthenticator.scope = ["openid", "profile", "email", "groups"]
c.OktaOAuthenticator.manage_groups = True
c.OktaOAuthenticator.allowed_groups = {"Data Science"}
c.OktaOAuthenticator.username_claim = "preferred_username"
