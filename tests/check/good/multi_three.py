# GitHub, the university and guests.
# env: UNIVERSITY_CLIENT_SECRET=Zm9vYmFyLXNlY3JldC1vZi1hLWNsaWVudA
import os

c = get_config()

c.JupyterHub.authenticator_class = "suite-multi"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "suite-keycloak",
        "provider": "university",
        "login_service": "Example University",
        "config": {
            "keycloak_url": "https://sso.example.edu",
            "keycloak_realm": "people",
            "client_id": "jupyterhub",
            "client_secret": os.environ["UNIVERSITY_CLIENT_SECRET"],
            "manage_groups": True,
            "allowed_groups": {"students", "staff"},
        },
    },
    {
        "authenticator_class": "suite-github",
        "config": {
            "client_id": "Ov23liA1b2C3d4E5f6G7",
            "client_secret_file": "/srv/secrets/client_secret",
            "scope": ["read:org"],
            "allowed_organizations": {"physics-lab"},
        },
    },
    {
        "authenticator_class": "suite-orcid",
        "config": {
            "client_id": "APP-0123456789ABCDEF",
            "client_secret_file": "/srv/secrets/client_secret",
            "allowed_users": {"0000-0002-1825-0097"},
        },
    },
]
c.MultiAuthenticator.admin_users = {"github:octocat"}
c.MultiAuthenticator.username_collision = "reject"
