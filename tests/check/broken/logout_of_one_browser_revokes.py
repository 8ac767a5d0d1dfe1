# kind: two options about the logout contradict each other
# wrong: the tokens of the other browsers would be revoked
# option: GenericOAuthenticator.revoke_tokens_on_logout
# fix: logout_scope

c = get_config()

c.JupyterHub.authenticator_class = "suite-generic"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GenericOAuthenticator.issuer = "https://sso.example.edu/realms/people"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GenericOAuthenticator.scope = ["openid", "profile", "email", "groups"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allowed_users = {"ada"}
c.GenericOAuthenticator.enable_auth_state = True
c.GenericOAuthenticator.logout_scope = "browser"
c.GenericOAuthenticator.revoke_tokens_on_logout = True  # <-- wrong
