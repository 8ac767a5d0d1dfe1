# kind: the scope for the claim in use is missing
# wrong: username_claim is email, the scope email is not asked for
# option: GenericOAuthenticator.scope
# fix: email

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]  # <-- wrong
c.GenericOAuthenticator.username_claim = "email"
c.GenericOAuthenticator.allowed_users = {"ada@example.edu"}
