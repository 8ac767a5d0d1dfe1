c = get_config()

c.JupyterHub.authenticator_class = "suite-globus"
c.JupyterHub.public_url = "https://hub.facility.example.gov/"
c.GlobusOAuthenticator.client_id = "6f1f2b3c-2d51-4a0e-9d1c-0b6b8a3c4d5e"
c.GlobusOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GlobusOAuthenticator.identity_provider = "facility.example.gov"
c.GlobusOAuthenticator.allow_all = True
c.GlobusOAuthenticator.admin_users = {"ada"}
