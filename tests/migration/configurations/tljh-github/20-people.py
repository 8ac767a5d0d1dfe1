# who may sign in; the admins are those of `tljh-config`
c.Authenticator.admin_users = {"alice"}
c.GitHubOAuthenticator.allowed_organizations = {"students"}
c.GitHubOAuthenticator.allowed_users = {"carol"}
