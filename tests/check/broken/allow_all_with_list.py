# kind: a rule that is moot
# wrong: allow_all lets everybody in, so allowed_organizations restricts nobody
# option: GitHubOAuthenticator.allow_all
# fix: allowed_organizations

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.scope = ["read:org"]
c.GitHubOAuthenticator.allow_all = True  # <-- wrong
c.GitHubOAuthenticator.allowed_organizations = {"physics-lab"}
