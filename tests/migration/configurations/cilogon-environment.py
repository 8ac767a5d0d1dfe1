"""Configuration of the hub of the data science course.

STAGE is "prod" or "staging"; on staging everybody on campus may try things.
"""

import os
from os import environ as env

from oauthenticator.cilogon import CILogonOAuthenticator

stage = env.get("STAGE", "prod")

c.JupyterHub.authenticator_class = CILogonOAuthenticator
c.CILogonOAuthenticator.oauth_callback_url = env["OAUTH_CALLBACK_URL"]
c.CILogonOAuthenticator.client_id = os.getenv("CILOGON_CLIENT_ID")
c.CILogonOAuthenticator.client_secret = os.getenv("CILOGON_CLIENT_SECRET")

idp = dict(username_derivation=dict(username_claim="email"))
if stage == "prod":
    c.Authenticator.allowed_users = set(env.get("STUDENTS", "").split())
else:
    idp["allow_all"] = True
c.CILogonOAuthenticator.allowed_idps = {"urn:mace:incommon:campus.example": idp}

c.Authenticator.admin_users = set(filter(None, env.get("TEACHERS", "").split()))
c.Authenticator.enable_auth_state = True
