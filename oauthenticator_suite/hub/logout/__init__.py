"""Logout: by the user at the Hub, and by the provider (OpenID Connect Back-Channel and Front-Channel Logout).

Here belongs code that ends sessions on request, hands tokens back, and finds the sessions that a provider means.
Sessions that end because a refresh says so are in `hub.refresh`.

Read first: `logout.py`; the URLs are in `handlers.py`.
"""
