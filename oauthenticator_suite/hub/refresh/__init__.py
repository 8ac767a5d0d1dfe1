"""Refresh: whether a signed-in user may stay signed in, and with which rights.

Here belongs everything behind JupyterHub's `refresh_user` for OAuth logins: deciding from stored data, asking the
provider again, renewing tokens, and what happens while the provider is down. How sessions are ended on request (logout)
is in `hub.logout`.

Read first: `refresher.py`, which is one refresh from top to bottom.
"""
