# kind: the provider's URL is that of its administration
# wrong: example-admin.okta.com is for administrators
# option: OktaOAuthenticator.okta_domain
# fix: -admin

c = get_config()

c.JupyterHub.authenticator_class = "suite-okta"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.OktaOAuthenticator.okta_domain = "example-admin.okta.com"  # <-- wrong
c.OktaOAuthenticator.client_id = "0oa1b2c3d4E5f6G7h8i9"
c.OktaOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.OktaOAuthenticator.allowed_users = {"ada@example.edu"}
