"""A hub for the people of a wiki. It needs, in the environment, the consumer that was registered at the wiki:

    OAUTH_CLIENT_ID=…  OAUTH_CLIENT_SECRET=…  JUPYTERHUB_CRYPT_KEY=$(openssl rand -hex 32)

How to register it, and every option: docs/how-to/mediawiki.md.
"""

c = get_config()

c.JupyterHub.authenticator_class = "suite-mediawiki"

# --- The wiki. Without these two lines: Meta-Wiki, and with it all of Wikimedia, by OAuth 1.0a. ----------------------
c.MWOAuthenticator.mw_index_url = "https://meta.wikimedia.org/w/index.php"
c.MWOAuthenticator.oauth_version = "1.0a"

# --- This hub. Wikimedia wants to know whom it talks to. -------------------------------------------------------------
c.MWOAuthenticator.oauth_callback_url = "https://hub.example.org/hub/oauth_callback"
c.MWOAuthenticator.user_agent = "hub.example.org/1.0 (https://hub.example.org; admin@example.org)"

# --- Who may come in: everybody who is known at the wiki and not blocked there. --------------------------------------
c.MWOAuthenticator.allow_all = True
c.MWOAuthenticator.minimum_account_age_days = 4
c.MWOAuthenticator.admin_users = {"Bob van Dyke"}

# --- Staying signed in: blocks and groups at the wiki follow, and an old name gives nobody another's files. ----------
c.MWOAuthenticator.enable_auth_state = True
c.MWOAuthenticator.manage_groups = True
