# kind: a PAM service that does not exist
# wrong: /etc/pam.d/jupyterhbu is not there
# option: PAMAuthenticator.service
# fix: /etc/pam.d

c = get_config()

c.JupyterHub.authenticator_class = "suite-pam"
c.PAMAuthenticator.service = "jupyterhbu"  # <-- wrong
c.Authenticator.allowed_users = {"ada", "grace"}
