# A wiki farm's Hub with OAuth 2.0.
c = get_config()

c.JupyterHub.authenticator_class = "suite-mediawiki"
c.JupyterHub.public_url = "https://notebooks.wiki.example.org/"
c.MWOAuthenticator.mw_index_url = "https://wiki.example.org/w/index.php"
c.MWOAuthenticator.oauth_version = "2.0"
c.MWOAuthenticator.user_agent = "notebooks.wiki.example.org/1.0 (https://notebooks.wiki.example.org; admin@example.org)"
c.MWOAuthenticator.client_id = "0123456789abcdef0123456789abcdef"
c.MWOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.MWOAuthenticator.allow_all = True
c.MWOAuthenticator.admin_users = {"Ada Lovelace"}
