c.JupyterHub.authenticator_class = "bitbucket"
c.BitbucketOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
c.BitbucketOAuthenticator.client_id = "a-client-id"
c.BitbucketOAuthenticator.client_secret = "a-client-secret"
c.BitbucketOAuthenticator.allowed_teams = {"lab"}
