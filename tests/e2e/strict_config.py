"""A Hub at which each strict provider is one way to sign in: the tests give the entries as settings."""

c = get_config()  # noqa: F821 - traitlets gives it to configuration files

c.JupyterHub.authenticator_class = "suite-multi"
c.JupyterHub.spawner_class = "simple"
c.Authenticator.allow_all = True
c.Authenticator.auth_refresh_age = 1
