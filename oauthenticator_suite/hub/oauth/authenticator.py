"""`OAuthenticator`: wires the floors, decides nothing.

The protocol's judgements are in `protocol/`, the decision on access in `policy/`, what the browser sees in `handlers`.
Here is the order in which they are asked; the stages that an operator's subclass may override are in `stages`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from jupyterhub.utils import get_browser_protocol, url_path_join

from ...errors import AttemptError, ConfigurationError
from ...protocol import token as token_protocol
from ..base.authenticator import AuthModel, make_ready_for_no
from ..logout.handlers import (
    BackchannelLogoutHandler,
    FrontchannelLogoutHandler,
    LoggedOutHandler,
    OAuthLogoutHandler,
)
from ..logout.logout import Logouts
from ..maybe_await import result_of
from ..refresh.refresher import Refresher
from ..web.paths import Paths
from .attempts import Attempt, Attempts
from .auth_model import OAuthModels
from .login_handlers import OAuthCallbackHandler, OAuthLoginHandler, OAuthRevokeHandler


class OAuthenticator(OAuthModels):
    """Sign in at an OAuth 2.0 or OpenID provider.

    Base of all providers. In `jupyterhub_config.py` a subclass may override the documented stages (in this order):
    `build_access_tokens_request_params`, `get_token_info`, `token_to_user`, `user_info_to_username`,
    `build_auth_state_dict`, `update_auth_model`, and the Hub's `normalize_username`. Between them, where no override
    reaches, the response, the token reply, the ID token and the subject are checked.
    """

    login_handler = OAuthLoginHandler
    callback_handler = OAuthCallbackHandler
    logout_handler = OAuthLogoutHandler

    paths = Paths()
    """Where the requests of this login are."""

    # --- URLs --------------------------------------------------------------------------------------------------------

    def login_url(self, base_url: str) -> str:
        """The URL of this Hub that begins a login."""
        return str(url_path_join(base_url, self.paths.login))

    def logout_url(self, base_url: str) -> str:
        """The URL of this Hub that logs out."""
        return str(url_path_join(base_url, self.paths.logout))

    def get_callback_url(self, handler: BaseHandler | None = None) -> str:
        """The redirect URI: `oauth_callback_url`, else from the Hub's public URL, else guessed from the request.

        Raises
        ------
        ConfigurationError
            When it can only be guessed and there is no request to guess from.
        """
        if self.oauth_callback_url:
            return str(self.oauth_callback_url)
        if handler is None:
            raise ConfigurationError(f"set c.{type(self).__name__}.oauth_callback_url to this hub's callback URL")
        path = url_path_join(handler.hub.base_url, self.paths.callback)
        public_url = handler.settings.get("public_url")
        if public_url:
            return f"{public_url.scheme}://{public_url.netloc}{path}"
        return f"{get_browser_protocol(handler.request)}://{handler.request.host}{path}"

    def get_logged_out_url(self, handler: BaseHandler) -> str:
        """Where the provider's logout page sends the browser back to: ``oauth_logged_out`` beside the redirect URI."""
        callback_url = self.get_callback_url(handler)
        if callback_url.endswith(f"/{self.paths.callback}"):
            return callback_url.removesuffix(self.paths.callback) + self.paths.logged_out
        return str(urljoin(callback_url, url_path_join(handler.hub.base_url, self.paths.logged_out)))

    def get_handlers(self, app: Any) -> list[Any]:
        """The Hub's routes for this login; also where the start-up checks run."""
        super().get_handlers(app)
        handlers: list[Any] = [
            (f"/{self.paths.login}", self.login_handler),
            (f"/{self.paths.callback}", self.callback_handler),
            (f"/{self.paths.logout}", self.logout_handler),
            (f"/{self.paths.revoke}", OAuthRevokeHandler),
        ]
        if self.rp_initiated_logout:
            handlers.append((f"/{self.paths.logged_out}", LoggedOutHandler))
        if self.backchannel_logout:
            handlers.append((f"/{self.paths.backchannel_logout}", BackchannelLogoutHandler))
        if self.frontchannel_logout:
            handlers.append((f"/{self.paths.frontchannel_logout}", FrontchannelLogoutHandler))
        return handlers

    # --- one attempt: leaving and coming back ------------------------------------------------------------------------

    @cached_property
    def attempts(self) -> Attempts:
        """The login attempts that were begun and not finished."""
        return Attempts()

    @property
    def provider_id(self) -> str:
        """What tells this authenticator's attempts from another's on the same Hub; the same after a restart."""
        return self.login_url("/")

    async def begin_attempt(self, handler: BaseHandler, next_url: str) -> str:
        """Seal a new attempt into the browser's cookies; returns the URL to send it to."""
        attempt, url = await self.flow.leave(self.provider_id, self.get_callback_url(handler), next_url)
        self.attempts.begin(handler, attempt)
        return url

    # --- the walk ----------------------------------------------------------------------------------------------------

    async def authenticate(
        self, handler: BaseHandler, data: dict[str, Any] | None = None, **kwargs: Any
    ) -> AuthModel | None:
        """From the code in `data` to the authentication model.

        Parameters
        ----------
        data:
            ``code``, the authorization code, and ``attempt``, the `Attempt` that was taken for it.

        Raises
        ------
        SuiteError
            Whatever is wrong with the code, the token reply, the ID token or the user's data.
        """
        if not data or not isinstance(data.get("attempt"), Attempt):
            raise AttemptError("missing", "authenticate() was called without a login attempt")
        attempt: Attempt = data["attempt"]
        params = dict(await result_of(self.build_access_tokens_request_params(handler, data)) or {})
        params.update(self.flow.grant(data["code"], attempt))
        token_info = await self.get_token_info(handler, params)
        return await self._token_to_auth_model(token_info, nonce=attempt.nonce or None)

    async def use_refresh_token(self, auth_state: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to the kept refresh token (RFC 6749 §6), which many providers accept once. Not to be overridden.

        Raises
        ------
        InvalidGrant
            When the provider says that the grant is gone.
        """
        new = await self.get_token_info(None, token_protocol.refresh_token_grant(auth_state["refresh_token"]))
        self.flow.check_token_info(new)
        return new

    # --- refresh -----------------------------------------------------------------------------------------------------

    @cached_property
    def refresher(self) -> Refresher:
        """When to ask the provider again about somebody who is signed in, and what to make of its silence."""
        return Refresher(self)

    async def refresh_user(self, user: User, handler: BaseHandler | None = None, **kwargs: Any) -> bool | AuthModel:
        """Whether somebody who is signed in still may be, and as what: the Hub asks every `auth_refresh_age` seconds.

        Returns
        -------
        True when nothing is new, False when the user must log in again, or the new authentication model.
        """
        make_ready_for_no(handler)
        if not self.enable_auth_state:
            return True
        return await self.refresher.refresh(user)

    # --- logging out -------------------------------------------------------------------------------------------------

    @cached_property
    def logouts(self) -> Logouts:
        """What it takes to log somebody out, here and at the provider."""
        return Logouts(self)
