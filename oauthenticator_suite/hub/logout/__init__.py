"""Logout: by the user at the Hub, and by the provider (OpenID Connect Back-Channel and Front-Channel Logout).

Here belongs code that ends sessions on request, revokes tokens, and finds the users of a provider's sessions.
Sessions that end because of a refresh are in `hub.refresh`.

Read first: `logout.py`; the URLs are in `handlers.py`.
"""
