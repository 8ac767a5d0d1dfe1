# kind: a display name where an ID or a domain is meant
# wrong: the tenant is given by its display name
# option: EntraOAuthenticator.tenant_id
# fix: tenant

c = get_config()

c.JupyterHub.authenticator_class = "suite-entra"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.EntraOAuthenticator.tenant_id = "Example University"  # <-- wrong
c.EntraOAuthenticator.client_id = "0b6b8a3c-2d51-4a0e-9d1c-6f1f2b3c4d5e"
c.EntraOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.EntraOAuthenticator.allow_all = True
