# kind: a name that no user can have
# wrong: usernames have no slash
# option: allowed_users of github
# fix: 'team/eve' | Correct the names

c = get_config()

c.JupyterHub.authenticator_class = "suite-multi"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.MultiAuthenticator.username_collision = "prefix"
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "suite-github",
        "config": {
            "client_id": "Ov23liA1b2C3d4E5f6G7",
            "client_secret_file": "/srv/secrets/client_secret",
            "allowed_users": {"octocat", "team/eve"},
        },
    },
]
