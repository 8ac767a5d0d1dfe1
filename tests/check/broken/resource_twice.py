# kind: a service that is named in two options
# wrong: resource in extra_authorize_params
# option: GenericOAuthenticator.resources
# fix: extra_authorize_params

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
c.GenericOAuthenticator.extra_authorize_params = {"resource": "https://api.example.edu/"}
c.GenericOAuthenticator.resources = ["https://data.example.edu/"]  # <-- wrong
