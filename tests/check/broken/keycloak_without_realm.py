# kind: an option is missing
# wrong: the URL of Keycloak without a realm
# option: KeycloakOAuthenticator.keycloak_realm
# fix: realm

c = get_config()

c.JupyterHub.authenticator_class = "suite-keycloak"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.KeycloakOAuthenticator.keycloak_url = "https://sso.example.edu"
c.KeycloakOAuthenticator.client_id = "jupyterhub"
c.KeycloakOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.KeycloakOAuthenticator.allowed_users = {"ada"}
