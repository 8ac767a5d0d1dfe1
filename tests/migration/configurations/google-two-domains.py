from oauthenticator.google import GoogleOAuthenticator

c.JupyterHub.authenticator_class = GoogleOAuthenticator
c.GoogleOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.GoogleOAuthenticator.client_id = "a-client-id"
c.GoogleOAuthenticator.client_secret = "a-client-secret"
c.GoogleOAuthenticator.hosted_domain = ["Example.org", "attacker.example"]

c.Authenticator.allowed_users = {"alice", "bob@example.org"}
c.Authenticator.admin_users = {"bob@example.org"}
c.Authenticator.username_map = {"alice@example.org": "alice"}
