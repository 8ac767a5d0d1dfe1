# kind: a name without its domain
# wrong: with two hosted domains, usernames are whole addresses
# option: GoogleOAuthenticator.allowed_users
# fix: @

c = get_config()

c.JupyterHub.authenticator_class = "suite-google"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GoogleOAuthenticator.client_id = "123456789012-a1b2c3d4e5f6g7h8.apps.googleusercontent.com"
c.GoogleOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GoogleOAuthenticator.hosted_domain = ["example.edu", "students.example.edu"]
c.GoogleOAuthenticator.allowed_users = {"ada"}  # <-- wrong
