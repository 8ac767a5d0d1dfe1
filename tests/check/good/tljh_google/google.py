# A snippet for The Littlest JupyterHub.
c.JupyterHub.authenticator_class = "suite-google"
c.JupyterHub.public_url = "https://tljh.example.edu/"
c.GoogleOAuthenticator.client_id = "123456789012-a1b2c3d4e5f6g7h8.apps.googleusercontent.com"
c.GoogleOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GoogleOAuthenticator.hosted_domain = ["example.edu", "students.example.edu"]
c.GoogleOAuthenticator.allowed_users = {"ada@example.edu", "grace@students.example.edu"}
c.GoogleOAuthenticator.admin_users = {"ada@example.edu"}
