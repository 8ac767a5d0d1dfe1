# kind: an old name of an option
# wrong: whitelist of a child became allowed_users
# option: GitHubOAuthenticator.whitelist
# fix: deprecated name (since JupyterHub 1.2) | Use the new name, allowed_users

c = get_config()

c.JupyterHub.authenticator_class = "suite-multi"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "suite-github",
        "config": {
            "client_id": "Ov23liA1b2C3d4E5f6G7",
            "client_secret_file": "/srv/secrets/client_secret",
            "whitelist": {"octocat"},  # <-- wrong
        },
    },
]
