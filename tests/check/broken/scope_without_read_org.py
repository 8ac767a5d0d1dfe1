# kind: the scope for the memberships in use is missing
# wrong: allowed_organizations without read:org sees public members only
# option: GitHubOAuthenticator.allowed_organizations
# fix: read:org

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.scope = []
c.GitHubOAuthenticator.allowed_organizations = {"physics-lab"}  # <-- wrong
