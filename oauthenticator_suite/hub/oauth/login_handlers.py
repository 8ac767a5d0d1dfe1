"""The handlers of an OAuth login: the redirect to the provider, and the callback.

The handlers of a logout are in `hub.logout.handlers`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from jupyterhub.utils import url_path_join
from tornado import web

from ...errors import AccessDenied, AttemptError, ConfigurationError, StepUpRequired, SuiteError
from ...protocol.authentication import AuthenticationDemand
from ...protocol.step_up import with_demand
from ..accounts.account_login import SignedInHandler
from ..logout.logout import Logouts
from ..observe.facts import LoginBegan
from ..refresh.refresher import Refresher
from ..sessions.endings import Endings
from ..web.pages import ANOTHER_ACCOUNT, SignInHandler, guarded, new_reference
from ..web.paths import Paths
from ..web.query import with_query
from ..web.result import ACCOUNT_QUESTION, Result, redirect_to_result
from .account_choice import OffersAnotherAccount, prompt_of_another_account, with_prompt
from .attempts import Attempt, Attempts
from .flow import Flow
from .front_channel import FrontChannelMessages
from .initiated_login import with_login_hint
from .login_start import LoginStart
from .step_up import step_up_demand, step_up_url


class LoginAuthenticator(Protocol):
    """The part of `OAuthenticator` that these handlers use."""

    attempts: Attempts
    login_start: LoginStart
    flow: Flow
    refresher: Refresher
    logouts: Logouts
    provider_id: str
    paths: Paths
    revoke_url: str
    endings: Endings
    front_channel: FrontChannelMessages

    response_mode: str
    client_id: str
    scope: Sequence[str]
    account_prompt: str

    def get_callback_url(self, handler: BaseHandler | None = None) -> str:
        """The redirect URI."""

    def authorize_params(self) -> dict[str, str]:
        """More query parameters of the redirect to the provider."""


class OAuthLoginHandler(OffersAnotherAccount):
    """``GET /hub/oauth_login?next=``: start a login attempt and redirect the browser to the provider."""

    _extra_params: dict[str, str] | None = None

    @property
    def is_login(self) -> bool:
        """Every request is."""
        return True

    def get(self) -> Awaitable[None]:
        """Respond with 302 to the provider's authorization endpoint, and set the encrypted attempt as a cookie.

        If this browser's last session has ended without the user, the response is 302 to the sign-in page, which says
        why and forgets it: a login that starts automatically would hide the reason.

        An override may be ``async`` or not, and may await this or not.
        """
        self._auto_finish = False  # the request ends when the task does
        self._task = asyncio.ensure_future(self._get())  # the event loop keeps no task alive
        return self._task

    async def _get(self) -> None:
        try:
            await self._redirect_to_provider()
        except Exception as error:  # noqa: BLE001 - tornado answers it, as it does for a handler that it awaits
            self._handle_request_exception(error)

    @guarded
    async def _redirect_to_provider(self) -> None:
        authenticator: LoginAuthenticator = self.authenticator
        if not self.current_user and authenticator.endings.reason_for(self):
            next_url = self.intended_url()
            self.redirect(with_query(self.settings["login_url"], {"next": next_url}))
            return
        self.authorize_redirect(
            redirect_uri=authenticator.get_callback_url(self),
            client_id=authenticator.client_id,
            scope=list(authenticator.scope),
            extra_params=authenticator.authorize_params(),
            response_type="code",
        )
        if self._extra_params is None:
            raise ConfigurationError(
                f"{type(self).__name__}.authorize_redirect must call super().authorize_redirect with its arguments"
            )
        asks_for_another = bool(self.request.query_arguments.get(ANOTHER_ACCOUNT))
        prompt = prompt_of_another_account(authenticator) if asks_for_another else ""
        params = with_login_hint(self, with_prompt(self._extra_params, prompt))
        demand = step_up_demand(self)
        url = await authenticator.login_start.begin_attempt(
            self, self.intended_url(), with_demand(params, demand), is_step_up=bool(demand)
        )
        self.observers.note(LoginBegan(provider=self.observed_name))
        self.redirect(url)

    def authorize_redirect(
        self,
        redirect_uri: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        extra_params: Mapping[str, Any] | None = None,
        scope: Sequence[str] | None = None,
        response_type: str = "code",
    ) -> None:
        """Choose the query parameters of the redirect. An override passes changed `extra_params` to ``super()``.

        The other arguments are what the Hub sends; an override cannot change them. Neither can it set the parameters
        that secure the login, nor those whose effect the Hub checks afterwards: ``max_age``, ``acr_values``, ``claims``
        and ``prompt=login``. For these there is the option `extra_authorize_params`.

        Raises
        ------
        ConfigurationError
            When an override has changed one of them.
        """
        authenticator: LoginAuthenticator = self.authenticator
        changed = {
            "redirect_uri": redirect_uri not in (None, authenticator.get_callback_url(self)),
            "client_id": client_id not in (None, authenticator.client_id),
            "scope": scope is not None and list(scope) != list(authenticator.scope),
            "response_type": response_type != "code",
        }
        extra = {name: str(value) for name, value in (extra_params or {}).items()}
        asked = authenticator.authorize_params()
        if extra != asked:
            demanded = AuthenticationDemand.of(extra) != AuthenticationDemand.of(asked)
            changed["max_age, acr_values, claims or prompt=login"] = demanded
        if any(changed.values()):
            names = ", ".join(name for name, is_changed in changed.items() if is_changed)
            raise ConfigurationError(
                f"{type(self).__name__}.authorize_redirect must not change {names}: use the options of these names, or "
                "extra_authorize_params"
            )
        self._extra_params = extra


class OAuthRevokeHandler(SignInHandler):
    """``GET /hub/oauth_revoke``: redirect to the provider's page on which users revoke the access of this Hub."""

    async def get(self) -> None:
        """Respond with 302 to that page, or with 404 if the provider has none."""
        authenticator: LoginAuthenticator = self.authenticator
        if not authenticator.revoke_url:
            raise web.HTTPError(404)
        self.redirect(authenticator.revoke_url)


class OAuthEnabledHandler(SignInHandler):
    """``GET /hub/auth/{provider}/enabled``: that this login is available, for pages that link to it."""

    async def get(self) -> None:
        """Respond with 200 and ``true`` as JSON."""
        self.set_header("Content-Type", "application/json")
        self.finish("true")


class AnotherAccountSignedIn(Exception):
    """The browser is signed in as another account, and was not when the attempt started.

    The response may belong to an attempt of another browser that an attacker has planted here (RFC 9700 update,
    cross-user session fixation). The argument is the name of the account that the response is for.
    """


class OAuthCallbackHandler(OffersAnotherAccount, SignedInHandler):
    """``GET /hub/oauth_callback``: match the response to its login attempt, validate it, and sign the user in.

    Each response is a redirect, because the URL of the request contains the code.
    """

    attempt: Attempt | None = None
    _next_url_of_refused = ""

    @guarded
    async def get(self) -> None:
        """Respond with 302 to the page that the user wanted, or with 303 to the page of an error or a question.

        A repeated callback of a signed-in user is redirected to the Hub's default page.
        """
        try:
            await self._finish_login()
        except AnotherAccountSignedIn as other:
            self._ask_about(str(other))
        except web.HTTPError as error:  # of a hook or an override
            if error.status_code < 400:
                raise
            error.reference = reference = new_reference()  # type: ignore[attr-defined]
            self.log.warning("[%s] %s: %s", reference, type(self.authenticator).__name__, error)
            self.note_failed_login(error)
            self._redirect_to(reference, Result.of_http_error(error))

    async def show_error(self, error: SuiteError) -> None:
        """Log the error, and respond with 303 to its page."""
        error.reference = error.reference or new_reference()
        self._log_error(error)
        self.note_failed_login(error)
        self._redirect_to(error.reference, Result.of(error))

    def _redirect_to(self, reference: str, result: Result) -> None:
        authenticator: LoginAuthenticator = self.authenticator
        path = url_path_join(self.hub.base_url, authenticator.paths.result)
        redirect_to_result(self, path, reference, result, self.intended_url())

    def _ask_about(self, username: str) -> None:
        self.log.warning(
            "%s: the user is asked before %s is signed in: this browser is signed in as %s, and was not when the "
            "sign-in started",
            type(self.authenticator).__name__,
            username,
            self.current_user.name,
        )
        self._redirect_to(new_reference(), Result(ACCOUNT_QUESTION, 200, username=username))

    async def _finish_login(self) -> None:
        authenticator: LoginAuthenticator = self.authenticator
        try:
            received = authenticator.front_channel.posted_responses.params_of(self, authenticator.response_mode)
            params = authenticator.flow.decrypted(received)
            state = authenticator.flow.state_in(params)
            self.attempt = authenticator.attempts.take(self, state, authenticator.provider_id)
        except AttemptError as error:
            if self.current_user and error.reason in ("missing", "used"):
                # A double click or the Back button has repeated a callback that signed the user in.
                self.log.info(
                    "%s: %s is signed in already; a repeated callback is ignored",
                    type(authenticator).__name__,
                    self.current_user.name,
                )
                self.redirect(super().get_next_url(self.current_user))
                return
            self._next_url_of_refused = error.next_url
            raise
        code = await authenticator.flow.validate_response(params, self.attempt)
        try:
            user = await self.login_user({"code": code, "attempt": self.attempt})
        except StepUpRequired as error:
            if self.attempt.is_step_up or not error.demand:
                raise
            self.log.info("%s: %s; the user is sent there once more", type(authenticator).__name__, error.detail)
            self.redirect(step_up_url(self, error, self.intended_url()))
            return
        if user is None:
            raise AccessDenied("authenticate", "the authenticator refused the user without an error")
        self.redirect(self.get_next_url(user))

    async def auth_to_user(self, authenticated: dict[str, object], user: User | None = None) -> User:
        """Create or update the Hub account of an authentication model, and add the login to the logout's index."""
        authenticator: LoginAuthenticator = self.authenticator
        if user is None:
            self._refuse_to_replace_user(str(authenticated["name"]))
        if user is not None:
            signed_in: User = await super().auth_to_user(authenticated, user)
        else:
            # A running refresh must not replace the new tokens by the earlier ones.
            async with authenticator.refresher.paused(str(authenticated["name"])):
                signed_in = await super().auth_to_user(authenticated)
        authenticator.logouts.note_login(signed_in, authenticated, self.identity)
        return signed_in

    def _refuse_to_replace_user(self, username: str) -> None:
        """Check that this login does not replace a user who was not signed in when the attempt started.

        Raises
        ------
        AnotherAccountSignedIn
            If it does. Nothing has been stored.
        """
        current = self.current_user
        if self.attempt is None or not isinstance(current, User) or current.name == username:
            return
        if current.id != self.attempt.account:
            raise AnotherAccountSignedIn(username)

    def intended_url(self) -> str:
        """The page that the user wanted, as stored in the attempt; empty if there is none."""
        return self.attempt.next_url if self.attempt else self._next_url_of_refused

    def get_next_url(self, user: User | None = None, default: str | None = None) -> str:
        """The URL of the next page: the one stored in the attempt, else the Hub's default for `user`."""
        next_url: str = self.intended_url() or super().get_next_url(user, default)
        return next_url
