# GitHub for the lab, and names for the workshop
from multiauthenticator.multiauthenticator import MultiAuthenticator  # noqa
from oauthenticator.github import GitHubOAuthenticator

c.JupyterHub.authenticator_class = "multiauthenticator"
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "github",
        "url_prefix": "/github",
        "config": {
            "client_id": "a-client-id",
            "client_secret": "a-client-secret",
            "oauth_callback_url": "https://hub.campus.example/hub/github/oauth_callback",
            "allowed_organizations": {"lab"},
            "scope": ["read:org"],
        },
    },
    {
        "authenticator_class": "dummy",
        "url_prefix": "/workshop",
        "config": {"allowed_users": {"guest-1", "guest-2"}},
    },
]
