"""The start of a login: an attempt in the browser's cookies, and the URL at the provider to which the browser goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from .attempts import Attempts
from .callback_url import BrowserAddress
from .flow import Flow


class LeavingAuthenticator(Protocol):
    """The part of `OAuthenticator` that a login needs at its start."""

    oauth_callback_url: str
    attempts: Attempts
    flow: Flow
    log: Logger | LoggerAdapter[Any]

    @property
    def provider_id(self) -> str:
        """The name of this authenticator in login attempts."""

    def get_callback_url(self, handler: BaseHandler | None = None) -> str:
        """The redirect URI."""

    def authorize_params(self) -> dict[str, str]:
        """More query parameters of the redirect to the provider."""


class LoginStart:
    """Starts the logins of one authenticator."""

    def __init__(self, authenticator: LeavingAuthenticator) -> None:
        self._authenticator = authenticator
        self._browser_address = BrowserAddress(f"c.{type(authenticator).__name__}", authenticator.log)

    async def begin_attempt(
        self, handler: BaseHandler, next_url: str, params: Mapping[str, str] | None = None, *, is_step_up: bool = False
    ) -> str:
        """Store a new attempt in the browser's cookies, and return the URL to which the browser is redirected.

        Parameters
        ----------
        params:
            More query parameters of the redirect; None for those of `authorize_params`.
        is_step_up:
            Whether the provider has demanded this attempt in place of an earlier one.
        """
        authenticator = self._authenticator
        derived = authenticator.attempts.secrets(handler)
        callback_url = authenticator.get_callback_url(handler)
        configured = bool(authenticator.oauth_callback_url or handler.settings.get("public_url"))
        self._browser_address.compare(handler, callback_url, configured=configured)
        given = authenticator.authorize_params() if params is None else params
        attempt, url = await authenticator.flow.leave(authenticator.provider_id, callback_url, next_url, derived, given)
        user = handler.current_user
        attempt = replace(attempt, account=user.id if isinstance(user, User) else 0, is_step_up=is_step_up)
        authenticator.attempts.begin(handler, attempt, header_bytes=len(url))
        return url
