# A national research cloud: Keycloak with groups, admins and roles from groups, logout at Keycloak too.
c = get_config()

c.JupyterHub.authenticator_class = "suite-keycloak"
c.JupyterHub.public_url = "https://jupyter.cloud.example.org/"
c.KeycloakOAuthenticator.keycloak_url = "https://sso.cloud.example.org"
c.KeycloakOAuthenticator.keycloak_realm = "research"
c.KeycloakOAuthenticator.client_id = "jupyterhub"
c.KeycloakOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.KeycloakOAuthenticator.login_service = "the research cloud"
c.KeycloakOAuthenticator.manage_groups = True
c.KeycloakOAuthenticator.allowed_groups = {"hub-users", "hub-admins"}
c.KeycloakOAuthenticator.admin_groups = {"hub-admins"}
c.KeycloakOAuthenticator.enable_auth_state = True
c.KeycloakOAuthenticator.rp_initiated_logout = True
c.KeycloakOAuthenticator.session_max_age = 43200
c.JupyterHub.load_roles = [
    {"name": "server-sharers", "scopes": ["shares!user", "read:users:name", "read:groups:name"]},
]
c.KeycloakOAuthenticator.manage_roles = True
c.KeycloakOAuthenticator.group_roles = {"hub-users": ["server-sharers"]}
