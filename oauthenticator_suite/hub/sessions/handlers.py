"""``POST /hub/auth/sign-in-again``: an operator asks users to sign in again."""

from __future__ import annotations

from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import needs_scope
from tornado import web

from ...errors import DatabaseFailed
from .asking import account_of_name, ask_everyone, ask_users

PATH = "/auth/sign-in-again"
"""The path of the handler, below ``/hub``."""


class SignInAgainHandler(APIHandler):
    """Asks one user, several users or all users to sign in again. Needs the scope ``admin:users``.

    The body is JSON: ``{"users": ["alice"]}`` or ``{"everyone": true}``. The sessions end in all browsers; tokens that
    users created for programs, and running servers, continue.
    A scope that is limited to some users (``admin:users!group=class``) is not enough.
    """

    def set_default_headers(self) -> None:
        """As on all pages of this package: no caching, no referrers, no guessing of types."""
        super().set_default_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")

    @needs_scope("admin:users")
    async def post(self) -> None:
        """Respond with ``{"users": [names]}`` or ``{"everyone": true}``; with 404 and the name of an unknown user."""
        if not self.has_scope("admin:users"):  # JupyterHub 5.2 leaves it to the handler to check the scope's limits
            raise web.HTTPError(403, "The scope admin:users must not be limited to some users")
        body = self.get_json_body()
        if not isinstance(body, dict) or (set(body) not in ({"users"}, {"everyone"})):
            raise web.HTTPError(400, 'The body must be {"users": [names]} or {"everyone": true}')
        answer: dict[str, Any] = {"everyone": True}
        try:
            if body.get("everyone") is True:
                ask_everyone(self.authenticator, self.db, self.users, self.current_user.name)
            else:
                answer = {"users": self._ask(body.get("users"))}
        except DatabaseFailed as error:
            self.log.error("Users were not asked to sign in again: %s", error.detail)  # noqa: TRY400 - no traceback
            raise web.HTTPError(error.status, "The Hub's database does not answer. Please try again.") from None
        self.set_header("Content-Type", "application/json")
        self.write(answer)

    def _ask(self, names: Any) -> list[str]:
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise web.HTTPError(400, '"users" must be a list of names')
        found = [account_of_name(self.db, name) for name in names]
        missing = [name for name, row in zip(names, found, strict=True) if row is None]
        if missing:
            raise web.HTTPError(404, f"No such user: {', '.join(missing)[:300]}")
        ask_users(self.authenticator, [self.users[row] for row in found], self.current_user.name)
        return names
