# kind: a URL where a name is meant
# wrong: the organization is given by its URL
# option: GitHubOAuthenticator.allowed_organizations
# fix: physics-lab

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.scope = ["read:org"]
c.GitHubOAuthenticator.allowed_organizations = {"https://github.com/physics-lab"}  # <-- wrong
