# kind: no rule lets anybody in
# wrong: neither allow_all nor a list is set
# option: allow_all
# fix: allowed_users

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
