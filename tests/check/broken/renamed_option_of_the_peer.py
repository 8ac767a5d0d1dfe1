# kind: an old name of an option
# wrong: github_organization_whitelist was renamed years ago
# option: GitHubOAuthenticator.github_organization_whitelist
# fix: Use the new name, allowed_organizations

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.scope = ["read:org"]
c.GitHubOAuthenticator.github_organization_whitelist = {"physics-lab"}  # <-- wrong
