# GitHub Enterprise behind a proxy of the university.
# env: HTTPS_PROXY=http://proxy.example.edu:3128
# env: NO_PROXY=localhost,127.0.0.1,.cluster.local
c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.example.edu/"
c.GitHubOAuthenticator.github_url = "https://github.example.edu"
c.GitHubOAuthenticator.client_id = "Iv1.a1b2c3d4e5f6a7b8"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.scope = ["read:org"]
c.GitHubOAuthenticator.allowed_organizations = {"teaching"}
c.GitHubOAuthenticator.admin_users = {"hopper"}
c.GitHubOAuthenticator.enable_auth_state = True
c.GitHubOAuthenticator.auth_refresh_age = 900
