# kind: usernames from a claim that is not unique
# wrong: two users can have the same full name
# option: GenericOAuthenticator.username_claim
# fix: preferred_username

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile"]
c.GenericOAuthenticator.username_claim = "name"  # <-- wrong
c.GenericOAuthenticator.allowed_users = {"ada lovelace"}
