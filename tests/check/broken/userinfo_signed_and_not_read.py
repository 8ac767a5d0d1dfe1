# kind: signed userinfo that is not read
# wrong: userdata_from_id_token as well
# option: GenericOAuthenticator.userinfo_signed_response_alg
# fix: userdata_from_id_token

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
c.GenericOAuthenticator.userdata_from_id_token = True
c.GenericOAuthenticator.userinfo_signed_response_alg = ["RS256"]  # <-- wrong
