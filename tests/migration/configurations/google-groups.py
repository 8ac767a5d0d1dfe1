# Groups of the Workspace domain; the file is mounted from a secret.
c.JupyterHub.authenticator_class = "google"
c.GoogleOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.GoogleOAuthenticator.client_id = "a-client-id"
c.GoogleOAuthenticator.client_secret = "a-client-secret"
c.GoogleOAuthenticator.hosted_domain = ["example.org"]
c.GoogleOAuthenticator.google_service_account_keys = {"example.org": "/srv/jupyterhub/secrets/google.json"}
c.GoogleOAuthenticator.gsuite_administrator = {"example.org": "admin"}
c.GoogleOAuthenticator.allowed_google_groups = {"example.org": {"staff"}}
c.GoogleOAuthenticator.admin_google_groups = {"example.org": {"physics"}}
