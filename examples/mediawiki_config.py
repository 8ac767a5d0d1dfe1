"""A JupyterHub for the users of a wiki. It reads three environment variables:

    OAUTH_CLIENT_ID=…  OAUTH_CLIENT_SECRET=…        the consumer that you registered at the wiki
    JUPYTERHUB_CRYPT_KEY=$(openssl rand -hex 32)    created once, and kept

How to register the consumer, and all options: docs/how-to/mediawiki.md.
"""

c = get_config()

c.JupyterHub.authenticator_class = "suite-mediawiki"

# --- The wiki. These are the defaults: Meta-Wiki, whose accounts are those of all Wikimedia wikis, with OAuth 1.0a. ---
c.MWOAuthenticator.mw_index_url = "https://meta.wikimedia.org/w/index.php"
c.MWOAuthenticator.oauth_version = "1.0a"

# --- This Hub. Wikimedia requires a User-Agent with a contact. -------------------------------------------------------
c.JupyterHub.public_url = "https://hub.example.org/"
c.MWOAuthenticator.user_agent = "hub.example.org/1.0 (https://hub.example.org; admin@example.org)"

# --- Who may sign in: every user of the wiki who is not blocked there and whose account is at least 4 days old. ------
c.MWOAuthenticator.allow_all = True
c.MWOAuthenticator.minimum_account_age_days = 4
c.MWOAuthenticator.admin_users = {"Bob van Dyke"}

# --- Refresh: follow blocks and groups at the wiki, and refuse a new wiki account that has an old username. ----------
c.MWOAuthenticator.enable_auth_state = True
c.MWOAuthenticator.manage_groups = True
