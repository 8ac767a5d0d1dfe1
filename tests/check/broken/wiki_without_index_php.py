# kind: the provider's URL has a path too little
# wrong: mw_index_url is the URL of index.php
# option: MWOAuthenticator.mw_index_url
# fix: index.php

c = get_config()

c.JupyterHub.authenticator_class = "suite-mediawiki"
c.JupyterHub.public_url = "https://hub.example.org/"
c.MWOAuthenticator.mw_index_url = "https://wiki.example.org/"  # <-- wrong
c.MWOAuthenticator.user_agent = "hub.example.org/1.0 (https://hub.example.org; admin@example.org)"
c.MWOAuthenticator.client_id = "0123456789abcdef0123456789abcdef"
c.MWOAuthenticator.client_secret_file = "/srv/secrets/client_secret"
c.MWOAuthenticator.allowed_users = {"Ada"}
