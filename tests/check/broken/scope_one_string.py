# kind: a list with one string in which words are separated by spaces or commas
# wrong: GitHub gets the scope "read:org,user:email", which it does not know
# option: GitHubOAuthenticator.scope
# fix: read:org

c = get_config()

c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.scope = ["read:org,user:email"]  # <-- wrong
c.GitHubOAuthenticator.allowed_organizations = {"physics-lab"}
