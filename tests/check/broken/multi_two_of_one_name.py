# kind: two entries of suite-multi have one name
# wrong: two realms, both entries have the default name
# option: MultiAuthenticator.authenticators
# fix: provider

c = get_config()

c.JupyterHub.authenticator_class = "suite-multi"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.MultiAuthenticator.authenticators = [
    {  # <-- wrong
        "authenticator_class": "suite-keycloak",
        "config": {
            "keycloak_url": "https://sso.example.edu",
            "keycloak_realm": "staff",
            "client_id": "jupyterhub",
            "client_secret_file": "/srv/secrets/client_secret",
            "allow_all": True,
        },
    },
    {
        "authenticator_class": "suite-keycloak",
        "config": {
            "keycloak_url": "https://sso.example.edu",
            "keycloak_realm": "students",
            "client_id": "jupyterhub",
            "client_secret_file": "/srv/secrets/client_secret",
            "allow_all": True,
        },
    },
]
