"""What every login with a form has in common: one that is slowed down, timed, and then judged like any other."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cached_property
from typing import Any
from urllib.parse import quote

from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import url_path_join
from traitlets import default

from ...errors import (
    AccountUnusable,
    ConfigurationError,
    HookError,
    LoginFailed,
)
from ...hub.accounts.record import SessionRecord
from ...hub.base.authenticator import AuthModel
from ...hub.logout.handlers import SuiteLogoutHandler
from ...hub.maybe_await import result_of
from ...hub.options import OAuthOptions
from ...hub.web.paths import Paths
from ...policy.profile import ProfileClaims, profile
from ...policy.username import vet_username
from .handlers import FormLoginHandler
from .refresh import Refreshing
from .thread_queue import Place
from .throttle import Attempt, Throttle

MAX_FIELD = 4096
"""Characters of a field that can be right."""

_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)
"""The attempt that the code runs for."""


class FormAuthenticator(Refreshing):
    """A login with a form: a subclass says whether what was typed is right, and everything else is here.

    The subclass writes `authenticate(handler, data)`, which returns None, a name, or a dict (see `authenticate`). What
    follows is that of every authenticator here: names, blocks, rules, groups, roles, hooks.
    """

    login_handler = FormLoginHandler
    logout_handler = SuiteLogoutHandler

    default_provider = "form"
    """The default of `provider`."""

    paths = Paths(login="login")
    """Where the requests of this login are."""

    signs_in_by_form = True

    takes_otp = False
    """Whether a third field (`request_otp`) has a use here."""

    @default("provider")
    def _provider_default(self) -> str:
        return self.default_provider

    # --- URLs --------------------------------------------------------------------------------------------------------

    def login_url(self, base_url: str) -> str:
        """Where the form is, and where it posts to."""
        return str(url_path_join(base_url, self.paths.login))

    def logout_url(self, base_url: str) -> str:
        """The URL of this Hub that logs out."""
        return str(url_path_join(base_url, self.paths.logout))

    def get_handlers(self, app: Any) -> list[Any]:
        """The Hub's routes for this login; also where the start-up checks run."""
        super().get_handlers(app)
        # a route is a pattern, and it is held against the path as it came: encoded
        by_name = rf"/auth/{re.escape(quote(self.provider, safe=''))}/login"
        return [
            *((path, self.login_handler) for path in sorted({by_name, f"/{self.paths.login}"})),
            (f"/{self.paths.logout}", self.logout_handler),
        ]

    def vouches_for(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether the record names this login as who knows the user."""
        return bool(SessionRecord.of(auth_state).issuer == self.provider)

    # --- who it is ---------------------------------------------------------------------------------------------------

    async def authenticate(self, handler: BaseHandler | None, data: dict[str, str]) -> Any:
        """Whether what was typed is right. For a subclass to write; it may be async or not.

        Parameters
        ----------
        data:
            The fields of the form: ``username``, ``password``, and ``otp`` with `request_otp`. Name and password are
            there and not empty, unless the form is the operator's own (`custom_html`).

        Returns
        -------
        None when it is not. Else the name, or a dict with

        ``username``
            the name, before `username_map`;
        ``profile``
            what is known of the user, as in OpenID Connect (``name``, ``given_name``, ``picture``, ``email`` …): the
            Hub shows the name, and restrictions judge it;
        ``auth_state``
            what is to be kept, with `enable_auth_state`, for spawners;
        ``subject``
            a key of the account that stays when the name changes (default: the name);
        ``memberships``
            by kind, the names with which options of the type `hub.options.trait_types.Grants` are compared;
        ``groups``, ``roles``, ``admin``
            as in the Hub's authentication model.
        """
        raise NotImplementedError(f"{type(self).__name__}.authenticate")

    @cached_property
    def throttle(self) -> Throttle:
        """What is remembered of failures."""
        return Throttle()

    @property
    def place(self) -> Place:
        """The place of the attempt that this code runs for, where it has to wait for a thread."""
        attempt = _attempt.get()
        return attempt.place if attempt is not None else Place((0, 0, 0))

    async def authentication_model(self, handler: BaseHandler | None, data: Any) -> AuthModel | None:
        """Ask `authenticate` whether the input is right, and make a model of its answer."""
        return await self.build_model(await self._timed_answer(handler, dict(data or {})))

    async def _timed_answer(self, handler: BaseHandler | None, data: dict[str, str]) -> Any:
        """What `authenticate` says; a no comes as late as every other."""
        begun = time.monotonic()
        who = (data.get("username") or "").casefold()
        address = handler.request.remote_ip if handler is not None else ""
        browser = handler.known_browser(who) if isinstance(handler, FormLoginHandler) else ""
        attempt = self.throttle.begin(who, address, browser)
        _attempt.set(attempt)
        try:
            answer = await result_of(self.authenticate(handler, data)) if self._may_be_right(data) else None
        except LoginFailed as error:
            await self._until(begun, times := attempt.failed())
            raise LoginFailed(error.detail, slowed=times > 1) from None
        except AccountUnusable:
            attempt.succeeded()
            await self._until(begun, 1)
            raise
        except BaseException:
            attempt.dropped()
            raise
        if answer is None:
            await self._until(begun, times := attempt.failed())
            raise LoginFailed("authenticate returned None", slowed=times > 1)
        attempt.succeeded()
        if isinstance(handler, FormLoginHandler):
            handler.remember_browser(who)
        return answer

    def _may_be_right(self, data: Mapping[str, str]) -> bool:
        """Whether it is worth looking at: a name and a password, of a length that exists."""
        if any(len(value) > MAX_FIELD for value in data.values()):
            return False
        if self.get_custom_html("/"):
            return True  # the operator's own form knows its fields
        name = data.get("username", "")
        return bool(data.get("password")) and 0 < len(name) <= 255 and name.isprintable()

    async def _until(self, begun: float, times: float) -> None:
        """Wait until a failure is to be answered: `failure_delay`, as often as needed to hide how long it has taken."""
        if not self.failure_delay:
            return
        passed = time.monotonic() - begun
        slots = max(times, math.ceil(passed / self.failure_delay))
        await asyncio.sleep(slots * self.failure_delay - passed)

    # --- the model ---------------------------------------------------------------------------------------------------

    async def build_model(self, answer: Any) -> AuthModel:
        """The authentication model of what `authenticate` has answered. Not to be overridden.

        Raises
        ------
        HookError
            When the answer is neither a name nor a dict with one.
        """
        given: Any = {"username": answer} if isinstance(answer, str) else answer
        if not isinstance(given, Mapping):
            raise HookError(f"authenticate returned a {type(answer).__name__}, not a name or a dict")
        name: Any = given.get("username", given.get("name"))
        claims, kept, belongs = given.get("profile") or {}, given.get("auth_state"), given.get("memberships") or {}
        if not isinstance(name, str) or not isinstance(claims, Mapping) or not isinstance(kept, Mapping | None):
            raise HookError("authenticate returned a dict whose username, profile or auth_state is of a wrong type")
        vet_username(name)
        memberships = {kind: sorted(names) for kind, names in belongs.items()}
        subject = str(given.get("subject") or name)
        record = SessionRecord(self.provider, subject, read_at=time.time(), memberships=memberships)
        auth_state = await self.build_auth_state(kept, claims, record)
        model: AuthModel = {
            "name": name,
            "admin": given.get("admin"),
            "auth_state": auth_state,
            "user_info": profile(claims, ProfileClaims()) or None,
        }
        self.note_identity(self.identity_of_record(name, record, claims), record)
        if self.manage_groups:
            model["groups"] = await self.groups_of(given, auth_state)
        if given.get("roles"):
            model["roles"] = list(given["roles"])
        return model

    async def build_auth_state(
        self, kept: Mapping[str, Any] | None, claims: Mapping[str, Any], record: SessionRecord
    ) -> dict[str, Any] | None:
        """What is kept of a login, with `enable_auth_state`: what `authenticate` gave, and whose account it is."""
        if not self.enable_auth_state:
            return None
        auth_state = dict(kept or {})
        record.into(auth_state)
        return auth_state

    async def groups_of(self, answer: Mapping[str, Any], auth_state: Mapping[str, Any] | None) -> list[str]:
        """The Hub groups of somebody whom `authenticate` has answered with `answer`; with `manage_groups`."""
        return []

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_configuration(self) -> None:
        """Refuse to start with options that mean nothing for a login with a form."""
        super().check_configuration()
        name = f"c.{type(self).__name__}"
        given = self._find_my_config(self.config)
        known = self.traits()
        for option in sorted(given):
            if option not in known and option in OAuthOptions.class_traits(config=True):
                raise ConfigurationError(f"{name}.{option} has no use for a login with a form: remove it")
        if self.auto_login:
            raise ConfigurationError(f"{name}.auto_login has no use for a login with a form: remove it")
        if not self.provider.strip("."):
            raise ConfigurationError(f"{name}.provider is part of a URL, where it may not be empty or of dots alone")
        if not self.takes_otp:
            for option in ("request_otp", "otp_prompt"):
                if option in given:
                    raise ConfigurationError(f"{name}.{option} is set, but nothing here asks for a code: remove it")
