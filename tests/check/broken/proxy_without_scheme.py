# kind: a proxy that cannot be used
# wrong: the scheme of the proxy's URL is socks, which is not supported
# option: HTTPS_PROXY
# fix: http://
# env: HTTPS_PROXY=socks://proxy.example.edu:1080

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
