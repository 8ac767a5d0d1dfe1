# kind: the callback URL ends with a slash
# wrong: /hub/oauth_callback/ is not the handler's path
# option: GoogleOAuthenticator.oauth_callback_url
# fix: oauth_callback

c = get_config()

c.JupyterHub.authenticator_class = "suite-google"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GoogleOAuthenticator.oauth_callback_url = "https://hub.example.edu/hub/oauth_callback/"  # <-- wrong
c.GoogleOAuthenticator.client_id = "123456789012-a1b2c3d4e5f6g7h8.apps.googleusercontent.com"
c.GoogleOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GoogleOAuthenticator.hosted_domain = ["example.edu"]
c.GoogleOAuthenticator.allow_all = True
