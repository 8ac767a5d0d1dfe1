# kind: an entry of suite-multi names a class that does not exist
# wrong: suite-azure is not registered
# option: suite-azure
# fix: suite-azuread | --help-all

c = get_config()

c.JupyterHub.authenticator_class = "suite-multi"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "suite-github",
        "config": {
            "client_id": "Ov23liA1b2C3d4E5f6G7",
            "client_secret_file": "/srv/secrets/client_secret",
            "allowed_users": {"octocat"},
        },
    },
    {  # <-- wrong
        "authenticator_class": "suite-azure",
        "config": {
            "tenant_id": "5d3e1f2a-8c4b-4a6d-9e7f-0a1b2c3d4e5f",
            "client_id": "0b6b8a3c-2d51-4a0e-9d1c-6f1f2b3c4d5e",
            "client_secret_file": "/srv/secrets/client_secret",
            "allow_all": True,
        },
    },
]
