import os

c = get_config()
c.JupyterHub.authenticator_class = "azuread"
c.AzureAdOAuthenticator.oauth_callback_url = os.environ["OAUTH_CALLBACK_URL"]
c.AzureAdOAuthenticator.client_id = os.environ["OAUTH_CLIENT_ID"]
c.AzureAdOAuthenticator.client_secret = os.environ["OAUTH_CLIENT_SECRET"]
c.AzureAdOAuthenticator.tenant_id = os.environ.get("AAD_TENANT_ID")
c.AzureAdOAuthenticator.scope = ["openid", "email"]
c.AzureAdOAuthenticator.username_claim = "unique_name"
c.AzureAdOAuthenticator.allowed_users = {"alice@campus.example"}
