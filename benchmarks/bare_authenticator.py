"""An authenticator that sends two requests to the provider and checks nothing.

What it costs more than the null authenticator is the cost of two requests over TLS, with the HTTP client of ours.
"""

from __future__ import annotations

from typing import Any

import aiohttp
from jupyterhub.handlers import BaseHandler
from null_authenticator import NullAuthenticator
from provider import CLIENT_ID, CLIENT_SECRET
from traitlets import Unicode


class BareAuthenticator(NullAuthenticator):
    """Sends one token request and one userinfo request over kept connections. No PKCE, no ID token, no checks."""

    issuer = Unicode(config=True)
    _session: aiohttp.ClientSession | None = None

    async def authenticate(self, handler: BaseHandler, data: Any = None) -> dict[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        form = {
            "grant_type": "authorization_code",
            "code": handler.get_argument("code"),
            "redirect_uri": f"{handler.request.protocol}://{handler.request.host}/hub/oauth_callback",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        async with self._session.post(f"{self.issuer}/token", data=form) as response:
            tokens = await response.json()
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        async with self._session.get(f"{self.issuer}/userinfo", headers=bearer) as response:
            user = await response.json()
        return {"name": user["preferred_username"], "auth_state": {**tokens, "user": user}}
