# kind: a URL where a host name is meant
# wrong: auth0_domain has a scheme
# option: Auth0OAuthenticator.auth0_domain
# fix: host name

c = get_config()

c.JupyterHub.authenticator_class = "suite-auth0"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.Auth0OAuthenticator.client_id = "0oa1b2c3d4E5f6G7h8i9"
c.Auth0OAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.Auth0OAuthenticator.auth0_domain = "https://startup.eu.auth0.com/"  # <-- wrong
c.Auth0OAuthenticator.username_claim = "nickname"
c.Auth0OAuthenticator.allowed_users = {"dana"}
