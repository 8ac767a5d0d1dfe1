# A school with Google Workspace; usernames without the domain.
c = get_config()

c.JupyterHub.authenticator_class = "suite-google"
c.JupyterHub.public_url = "https://code.school.example.org/"
c.GoogleOAuthenticator.client_id = "123456789012-a1b2c3d4e5f6g7h8.apps.googleusercontent.com"
c.GoogleOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GoogleOAuthenticator.hosted_domain = ["school.example.org"]
c.GoogleOAuthenticator.strip_domain = True
c.GoogleOAuthenticator.login_service = "Example School"
c.GoogleOAuthenticator.allow_all = True
c.GoogleOAuthenticator.admin_users = {"teacher.one", "teacher.two"}
