# kind: two accounts could have one name
# wrong: strip_domain with two hosted domains
# option: GoogleOAuthenticator.strip_domain
# fix: exactly one domain

c = get_config()

c.JupyterHub.authenticator_class = "suite-google"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GoogleOAuthenticator.client_id = "0oa1b2c3d4E5f6G7h8i9"
c.GoogleOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GoogleOAuthenticator.hosted_domain = ["example.edu", "students.example.edu"]
c.GoogleOAuthenticator.strip_domain = True  # <-- wrong
c.GoogleOAuthenticator.allow_all = True
