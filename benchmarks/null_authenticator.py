"""An authenticator that sends no request: what a login costs JupyterHub itself.

No authenticator can be cheaper, so this is the floor that others are compared with. The browser sends the same two
requests as for an OAuth login. The first answer is a redirect with a signed cookie. The second request is checked
against the cookie, and ends with JupyterHub's own sign-in: the account, the encrypted `auth_state`, the session.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any
from urllib.parse import urlencode

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import url_path_join
from tornado import web

COOKIE = "null-state"


class LoginHandler(BaseHandler):
    """``GET /hub/oauth_login``"""

    def get(self) -> None:
        state = secrets.token_urlsafe()
        self._set_cookie(COOKIE, state, expires_days=1)
        callback = f"{self.request.protocol}://{self.request.host}{url_path_join(self.hub.base_url, 'oauth_callback')}"
        self.redirect(f"https://127.0.0.1/authorize?{urlencode({'redirect_uri': callback, 'state': state})}")


class CallbackHandler(BaseHandler):
    """``GET /hub/oauth_callback``"""

    async def get(self) -> None:
        state = self.get_secure_cookie(COOKIE)
        if state is None or state.decode() != self.get_argument("state"):
            raise web.HTTPError(400)
        self.clear_cookie(COOKIE)
        await self.login_user()
        self.redirect(url_path_join(self.hub.base_url, "home"))


class NullAuthenticator(Authenticator):
    """Allows each user. The code contains the username; `auth_state` is like that of an OpenID login."""

    def login_url(self, base_url: str) -> str:
        return str(url_path_join(base_url, "oauth_login"))

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        return [("/oauth_login", LoginHandler), ("/oauth_callback", CallbackHandler)]

    async def authenticate(self, handler: BaseHandler, data: Any = None) -> dict[str, Any]:
        name = json.loads(base64.urlsafe_b64decode(handler.get_argument("code")))["user"]
        return {
            "name": name,
            "auth_state": {
                "access_token": f"access.{name}",
                "refresh_token": f"refresh.{name}",
                "scope": ["openid", "profile", "email"],
                "user": {
                    "sub": f"subject-of-{name}",
                    "preferred_username": name,
                    "email": f"{name}@example.org",
                    "groups": ["staff", "physics", "hub-users"],
                },
            },
        }

    async def refresh_user(self, user: Any, handler: BaseHandler | None = None) -> bool:
        return True
