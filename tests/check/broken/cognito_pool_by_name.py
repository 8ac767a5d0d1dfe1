# kind: a name where an ID is meant
# wrong: the user pool is given by its name
# option: CognitoOAuthenticator.user_pool_id
# fix: user pool

c = get_config()

c.JupyterHub.authenticator_class = "suite-cognito"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.CognitoOAuthenticator.client_id = "0oa1b2c3d4E5f6G7h8i9"
c.CognitoOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.CognitoOAuthenticator.user_pool_id = "my-user-pool"  # <-- wrong
c.CognitoOAuthenticator.cognito_domain = "https://hub.auth.eu-central-1.amazoncognito.com"
c.CognitoOAuthenticator.allowed_users = {"dana"}
