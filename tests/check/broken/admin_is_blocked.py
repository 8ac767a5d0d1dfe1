# kind: two options contradict each other about one user
# wrong: ada is an administrator and blocked; blocked wins
# option: admin_users
# fix: blocked

c = get_config()

c.JupyterHub.authenticator_class = "suite-pam"
c.Authenticator.allowed_users = {"ada", "grace"}
c.Authenticator.admin_users = {"ada"}  # <-- wrong
c.Authenticator.blocked_users = {"ada"}
