"""`FormAuthenticator`: the base of all logins with a form on a page of the Hub."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cached_property
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import quote

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from jupyterhub.utils import url_path_join
from traitlets import default

from ...errors import AccountUnusable, HookError, LoginFailed, TooManyAttempts
from ...hub.accounts.record import KEY, SessionRecord
from ...hub.base.admission import note_identity
from ...hub.base.authenticator import AuthModel, SuiteAuthenticator
from ...hub.base.refresh_guard import answer_refresh
from ...hub.logout.handlers import SuiteLogoutHandler
from ...hub.maybe_await import result_of
from ...hub.observe.facts import Throttled
from ...hub.resilience.blocking_calls import Priority
from ...hub.resilience.outage_clock import OutageClock
from ...hub.sessions.outcome import Outcome
from ...hub.status.routes import common_routes
from ...hub.web.client_address import client_address
from ...hub.web.paths import Paths
from ...policy.identity import Identity
from ...policy.profile import ProfileClaims, profile
from ...policy.username import broad_name_key, vet_login
from .handlers import FormLoginHandler
from .options import FormOptions
from .refresh import outcome_of_answer, refresh
from .startup_checks import FORM_CHECKS
from .throttle import PasswordAttempt, Throttle

MAX_FIELD_LENGTH = 4096
"""Characters of a form field. Longer input is refused unchecked."""

MAX_REPORTED_PROXIES = 8
"""Addresses that the log calls a possible reverse proxy. A client can cause such a line with a header."""

_attempt: ContextVar[PasswordAttempt | None] = ContextVar("attempt", default=None)
"""The attempt for which the current code runs."""


class FormAuthenticator(FormOptions, SuiteAuthenticator):
    """A login with a form.

    A subclass writes `authenticate(handler, data)`, which checks the input and returns None, a name or a dict. Names,
    blocks, rules, groups, roles and hooks are those of every authenticator of the suite.
    """

    login_handler = FormLoginHandler
    logout_handler = SuiteLogoutHandler

    default_provider = "form"
    """The default of `provider`."""

    paths = Paths(login="login")
    """The URL paths of this login."""

    signs_in_by_form = True

    startup_checks = FORM_CHECKS

    takes_otp = False
    """Whether `authenticate` can use a third field (`request_otp`)."""

    @default("provider")
    def _provider_default(self) -> str:
        return self.default_provider

    # --- URLs --------------------------------------------------------------------------------------------------------

    def login_url(self, base_url: str) -> str:
        """The URL of the form. The browser also submits it there."""
        return str(url_path_join(base_url, self.paths.login))

    def logout_url(self, base_url: str) -> str:
        """The Hub's URL for logging out."""
        return str(url_path_join(base_url, self.paths.logout))

    def get_handlers(self, app: Any) -> list[Any]:
        """The Hub's routes for this login. The start-up checks run here."""
        super().get_handlers(app)
        # a route is a regular expression that tornado matches with the encoded path
        by_name = rf"/auth/{re.escape(quote(self.provider, safe=''))}/login"
        return [
            *((path, self.login_handler) for path in sorted({by_name, f"/{self.paths.login}"})),
            (f"/{self.paths.logout}", self.logout_handler),
            *common_routes(),
        ]

    def vouches_for(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether `auth_state` was stored by this login."""
        return bool(SessionRecord.of(auth_state).issuer == self.provider)

    # --- a login -----------------------------------------------------------------------------------------------------

    async def authenticate(self, handler: BaseHandler | None, data: dict[str, str]) -> Any:
        """Check the submitted fields. A subclass writes this method, with or without ``async``.

        Parameters
        ----------
        data:
            The fields of the form: ``username``, ``password``, and ``otp`` with `request_otp`. Name and password are
            not empty, unless the form is the operator's own (`custom_html`).

        Returns
        -------
        None when it is wrong. Otherwise the name, or a dict with

        ``username``
            the name, before `username_map`;
        ``profile``
            data about the user, with the claim names of OpenID Connect (``name``, ``given_name``, ``picture``,
            ``email`` …): the Hub shows the name, and restrictions use the claims;
        ``auth_state``
            data to be stored for spawners, with `enable_auth_state`;
        ``subject``
            a key of the account that stays the same when the name changes (default: the name);
        ``memberships``
            by kind, the names that options of the type `hub.options.trait_types.Grants` are compared with;
        ``groups``, ``roles``, ``admin``
            as in the Hub's authentication model.
        """
        raise NotImplementedError(f"{type(self).__name__}.authenticate")

    @cached_property
    def throttle(self) -> Throttle:
        """The failed attempts of this login."""
        return Throttle()

    def client_address(self, handler: BaseHandler | None) -> str:
        """The address of the client, for throttling and for the log: see `trusted_proxies`. Empty if it is unknown."""
        if handler is None:
            return ""
        found = client_address(handler.request, self.trusted_proxies)
        if found.forwards and found.address:
            self._report_proxy(found.address)
        return found.address

    def _report_proxy(self, address: str) -> None:
        """Log, once, that an address of a private network seems to be a proxy that no option names."""
        known, is_new = self._reported_proxies, address not in self._reported_proxies
        if is_new and len(known) < MAX_REPORTED_PROXIES and ip_address(address).is_private:
            known.add(address)
            self.log.warning(
                "Requests come from %s on behalf of others (X-Forwarded-For), and all count as one client. If this is "
                "your reverse proxy, set c.%s.trusted_proxies = [%r]. This is logged once.",
                address, type(self).__name__, address,
            )  # fmt: skip

    @cached_property
    def _reported_proxies(self) -> set[str]:
        return set()

    def knows_name(self, name: str) -> bool:
        """Whether the configuration has a user of this name, besides the options that every authenticator has.

        The log has typed names of known users only: other texts may be passwords. It must not block.
        """
        return False

    def throttle_key(self, name: str) -> str:
        """The key under which failures with a typed `name` are counted.

        All spellings that reach one account must have one key; otherwise its password could be tried once more with
        each spelling. An override is needed only where the account is looked up under names that differ in more than
        case, accents, white space and Unicode form. It must not block.
        """
        return broad_name_key(name)

    @property
    def priority(self) -> Priority:
        """The priority of the current attempt in the queue for a thread."""
        attempt = _attempt.get()
        return attempt.priority if attempt is not None else Priority((0, 0, 0))

    async def authentication_model(self, handler: BaseHandler | None, data: Any) -> AuthModel | None:
        """The result of `authenticate` as a model."""
        return await self.build_model(await self._throttled_answer(handler, dict(data or {})))

    async def _throttled_answer(self, handler: BaseHandler | None, data: dict[str, str]) -> Any:
        """The result of `authenticate`. All failures take the same time (see `failure_delay`)."""
        started = time.monotonic()
        name = self.throttle_key(data.get("username") or "")
        address = self.client_address(handler)
        browser = handler.known_browser(name) if isinstance(handler, FormLoginHandler) else ""
        try:
            attempt = self.throttle.begin(name, address, browser)
        except TooManyAttempts as error:
            scope = cast("Any", error.scope)
            self.observers.note(Throttled(provider=self.observed_name, scope=scope, seconds=error.retry_after))
            raise
        _attempt.set(attempt)
        try:
            answer = await result_of(self.authenticate(handler, data)) if self._is_plausible(data) else None
        except LoginFailed as error:
            await self._delay(started, times := attempt.failed())
            raise LoginFailed(error.detail, slowed=times > 1) from None
        except AccountUnusable:
            attempt.succeeded()
            await self._delay(started, 1)
            raise
        except BaseException:
            attempt.dropped()
            raise
        if answer is None:
            await self._delay(started, times := attempt.failed())
            raise LoginFailed("authenticate returned None", slowed=times > 1)
        attempt.succeeded()
        if isinstance(handler, FormLoginHandler):
            handler.remember_browser(name)
        return answer

    def _is_plausible(self, data: Mapping[str, str]) -> bool:
        """Whether the input has a name and a password of a reasonable length."""
        if any(len(value) > MAX_FIELD_LENGTH for value in data.values()):
            return False
        if self.get_custom_html("/"):
            return True  # the fields of an operator's own form are unknown
        name = data.get("username", "")
        return bool(data.get("password")) and 0 < len(name) <= 255 and name.isprintable()

    async def _delay(self, started: float, times: float) -> None:
        """Wait until `times` × `failure_delay` has passed, or a multiple of it if the check took longer than that."""
        if not self.failure_delay:
            return
        passed = time.monotonic() - started
        slots = max(times, math.ceil(passed / self.failure_delay))
        await asyncio.sleep(slots * self.failure_delay - passed)

    # --- the model ---------------------------------------------------------------------------------------------------

    async def build_model(self, answer: Any) -> AuthModel:
        """The authentication model for a result of `authenticate`. Not to be overridden.

        Raises
        ------
        HookError
            When the result is neither a name nor a dict with a name.
        """
        given: Any = {"username": answer} if isinstance(answer, str) else answer
        if not isinstance(given, Mapping):
            raise HookError(f"authenticate returned {type(answer).__name__}, not a name or a dict")
        name: Any = given.get("username", given.get("name"))
        claims, stored, found = given.get("profile") or {}, given.get("auth_state"), given.get("memberships") or {}
        if not isinstance(name, str) or not isinstance(claims, Mapping) or not isinstance(stored, Mapping | None):
            raise HookError("authenticate returned a dict whose username, profile or auth_state has the wrong type")
        vet_login(name, self.own_name(self.normalize_username(name)))
        memberships = {kind: sorted(names) for kind, names in found.items()}
        subject = str(given.get("subject") or name)
        record = SessionRecord(self.provider, subject, read_at=time.time(), memberships=memberships)
        auth_state = await self.build_auth_state(stored, claims, record)
        model: AuthModel = {
            "name": name,
            "admin": given.get("admin"),
            "auth_state": auth_state,
            "user_info": profile(claims, ProfileClaims()) or None,
        }
        note_identity(self.identity_of_record(name, record, claims), record)
        if self.manage_groups:
            model["groups"] = await self.groups_of(given, auth_state)
        if given.get("roles"):
            model["roles"] = list(given["roles"])
        return model

    async def build_auth_state(
        self, stored: Mapping[str, Any] | None, claims: Mapping[str, Any], record: SessionRecord
    ) -> dict[str, Any] | None:
        """The `auth_state` of a login: the data that `authenticate` returned, and the login record.

        None without `enable_auth_state`.
        """
        if not self.enable_auth_state:
            return None
        auth_state = dict(stored or {})
        record.into(auth_state)
        return auth_state

    async def groups_of(self, answer: Mapping[str, Any], auth_state: Mapping[str, Any] | None) -> list[str]:
        """The user's Hub groups, for a result of `authenticate`. Called with `manage_groups`."""
        return []

    # --- a refresh ---------------------------------------------------------------------------------------------------

    @cached_property
    def outages(self) -> OutageClock:
        """Since when the Hub's own data about each user are unknown."""
        return OutageClock(time.time)

    async def refresh_user(self, user: User, handler: BaseHandler | None = None, **kwargs: Any) -> bool:
        """Decide whether a signed-in user may stay. The Hub asks after each `auth_refresh_age` seconds.

        Returns
        -------
        bool
            True when the request may continue; changes have been stored. False when the user must sign in again, or is
            denied.
        """
        return await answer_refresh(self, user, handler, lambda: refresh(self, user))

    async def outcome_of_answer(self, user: User, answer: Any) -> Outcome:
        """The outcome for a user, after an override of `refresh_user` has answered."""
        return await outcome_of_answer(self, user, answer)

    async def reread_user(self, user: User, auth_state: dict[str, Any]) -> AuthModel | None:
        """The model of a signed-in user as far as it is known now; None to leave the user unchanged.

        Raises
        ------
        AccessDenied
            When the user no longer exists.
        """
        return {"groups": [group.name for group in user.groups]} if self.manage_groups else {}

    def stored_identity(self, username: str, auth_state: Mapping[str, Any]) -> Identity:
        """The identity of the last login, from stored data."""
        record = SessionRecord.of(auth_state) if KEY in auth_state else SessionRecord(self.provider, username)
        return self.identity_of_record(username, record, self.stored_claims(auth_state))

    def stored_claims(self, auth_state: Mapping[str, Any]) -> Mapping[str, Any]:
        """The claims that the last login stored."""
        return {}

    def identity_of_record(self, name: str, record: SessionRecord, claims: Mapping[str, Any]) -> Identity:
        """The identity of a login as access rules see it."""
        return Identity(
            username=name,
            login=name,
            issuer=record.issuer,
            subject=record.subject,
            memberships={kind: frozenset(names) for kind, names in record.memberships.items()},
            claims=claims,
        )

    # --- start-up ----------------------------------------------------------------------------------------------------

    def options_without_meaning(self) -> dict[str, str]:
        """The options on a code in the form, when `authenticate` uses none."""
        return {} if self.takes_otp else dict.fromkeys(("request_otp", "otp_prompt"), "this login asks for no code")
