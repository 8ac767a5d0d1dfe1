# kind: an old name of an option
# wrong: Authenticator.whitelist became allowed_users
# option: Authenticator.whitelist
# fix: Use the new name, allowed_users

c = get_config()

c.JupyterHub.authenticator_class = "suite-pam"
c.Authenticator.whitelist = {"ada", "grace"}  # <-- wrong
c.Authenticator.admin_users = {"ada"}
