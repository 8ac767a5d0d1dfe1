# /opt/tljh/config/jupyterhub_config.d/10-github.py
c.JupyterHub.authenticator_class = "github"
c.GitHubOAuthenticator.client_id = "a-client-id"
c.GitHubOAuthenticator.client_secret = "a-client-secret"
c.GitHubOAuthenticator.oauth_callback_url = "https://hub.campus.example/hub/oauth_callback"
