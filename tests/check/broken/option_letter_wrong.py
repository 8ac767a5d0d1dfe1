# kind: a letter wrong in the name of an option
# wrong: allowed_organisations, in British spelling; nobody of the organization may sign in
# option: GitHubOAuthenticator.allowed_organisations
# fix: allowed_organizations

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.scope = ["read:org"]
c.GitHubOAuthenticator.allowed_users = {"octocat"}
c.GitHubOAuthenticator.allowed_organisations = {"physics-lab"}  # <-- wrong
