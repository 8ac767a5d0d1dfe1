# kind: open to everybody with an account
# wrong: tenant common without allowed_tenants
# option: EntraOAuthenticator
# fix: allowed_tenants

c = get_config()

c.JupyterHub.authenticator_class = "suite-entra"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.EntraOAuthenticator.client_id = "0oa1b2c3d4E5f6G7h8i9"
c.EntraOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.EntraOAuthenticator.tenant_id = "common"
c.EntraOAuthenticator.username_claim = "preferred_username"
c.EntraOAuthenticator.allowed_users = {"ada@example.edu"}
