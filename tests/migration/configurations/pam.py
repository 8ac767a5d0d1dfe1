# nothing is set: JupyterHub uses PAM
c = get_config()
c.JupyterHub.ip = "0.0.0.0"
c.PAMAuthenticator.admin_groups = {"wheel"}
c.LocalAuthenticator.create_system_users = True
c.Authenticator.allowed_users = {"alice", "bob"}
