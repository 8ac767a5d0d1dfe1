# A university with Microsoft Entra ID: a group and app roles.
# env: AAD_CLIENT_SECRET=k8Q~Ab1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2
import os

c = get_config()

c.JupyterHub.authenticator_class = "suite-entra"
c.JupyterHub.public_url = "https://notebooks.example.ac.uk/"
c.EntraOAuthenticator.tenant_id = "5d3e1f2a-8c4b-4a6d-9e7f-0a1b2c3d4e5f"
c.EntraOAuthenticator.client_id = "0b6b8a3c-2d51-4a0e-9d1c-6f1f2b3c4d5e"
c.EntraOAuthenticator.client_secret = os.environ["AAD_CLIENT_SECRET"]
c.EntraOAuthenticator.scope = ["openid", "profile", "email"]
c.EntraOAuthenticator.username_claim = "preferred_username"
c.EntraOAuthenticator.allowed_app_roles = {"Hub.User"}
c.EntraOAuthenticator.admin_app_roles = {"Hub.Admin"}
