# kind: two accounts could have one name
# wrong: strip_domain without identity_provider
# option: GlobusOAuthenticator.strip_domain
# fix: identity_provider

c = get_config()

c.JupyterHub.authenticator_class = "suite-globus"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GlobusOAuthenticator.client_id = "0oa1b2c3d4E5f6G7h8i9"
c.GlobusOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GlobusOAuthenticator.strip_domain = True  # <-- wrong
c.GlobusOAuthenticator.allowed_users = {"ada"}
