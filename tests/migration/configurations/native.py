import os
import nativeauthenticator

c.JupyterHub.authenticator_class = "native"
c.JupyterHub.template_paths = [f"{os.path.dirname(nativeauthenticator.__file__)}/templates/"]
c.NativeAuthenticator.open_signup = False
c.NativeAuthenticator.minimum_password_length = 10
c.NativeAuthenticator.import_from_firstuse = False
c.Authenticator.admin_users = {"alice"}
