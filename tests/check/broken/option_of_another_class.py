# kind: an option of another class
# wrong: hosted_domain is an option of Google's class, the Hub uses Entra
# option: EntraOAuthenticator.hosted_domain
# fix: GoogleOAuthenticator

c = get_config()

c.JupyterHub.authenticator_class = "suite-entra"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.EntraOAuthenticator.tenant_id = "5d3e1f2a-8c4b-4a6d-9e7f-0a1b2c3d4e5f"
c.EntraOAuthenticator.client_id = "0b6b8a3c-2d51-4a0e-9d1c-6f1f2b3c4d5e"
c.EntraOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.EntraOAuthenticator.username_claim = "preferred_username"
c.EntraOAuthenticator.allow_all = True
c.EntraOAuthenticator.hosted_domain = ["example.edu"]  # <-- wrong
