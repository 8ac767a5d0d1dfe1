c.GenericOAuthenticator.allowed_users = {"ada", "grace"}
c.GenericOAuthenticator.admin_users = {"ada"}
