# A department's server with system users.
c = get_config()

c.JupyterHub.authenticator_class = "suite-pam"
c.JupyterHub.bind_url = "http://127.0.0.1:8000/"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {"root-admin"}
c.Authenticator.blocked_users = {"nobody"}
c.Spawner.notebook_dir = "~/notebooks"
c.ConfigurableHTTPProxy.should_start = True
