# kind: a key for auth_state that is none
# wrong: JUPYTERHUB_CRYPT_KEY is a passphrase and not 32 bytes
# option: JUPYTERHUB_CRYPT_KEY
# fix: openssl rand -hex 32
# env: JUPYTERHUB_CRYPT_KEY=correct-horse-battery

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
c.GitHubOAuthenticator.enable_auth_state = True
