# kind: a letter wrong in an option of an entry of suite-multi
# wrong: allowed_user
# option: allowed_user
# fix: allowed_users

c = get_config()

c.JupyterHub.authenticator_class = "suite-multi"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "suite-github",
        "config": {
            "client_id": "Ov23liA1b2C3d4E5f6G7",
            "client_secret_file": "/srv/secrets/client_secret",
            "scope": ["read:org"],
            "allowed_organizations": {"physics-lab"},
            "allowed_user": {"octocat"},  # <-- wrong
        },
    },
    {
        "authenticator_class": "suite-gitlab",
        "config": {
            "client_id": "8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b8e2f6a1b4c9d3e7f5a0b8c6d2e4f1a3b",
            "client_secret_file": "/srv/secrets/client_secret",
            "allowed_users": {"ada"},
        },
    },
]
