# kind: a hook that cannot be called
# wrong: the name of the function is given as a string
# option: GitHubOAuthenticator.post_auth_hook
# fix: callable

c = get_config()


async def add_department(authenticator, handler, auth_model):
    return auth_model


c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.physics.example.edu/"
c.GitHubOAuthenticator.client_id = "Ov23liA1b2C3d4E5f6G7"
c.GitHubOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.GitHubOAuthenticator.allowed_users = {"octocat"}
c.GitHubOAuthenticator.post_auth_hook = "add_department"  # <-- wrong
