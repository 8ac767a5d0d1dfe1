"""What no override can switch off: blocks and restrictions at a refresh, and the refusal to start a server.

JupyterHub calls `refresh_user` and `pre_spawn_start` on the authenticator itself. When the Hub has started, both are
wrapped there, so that an override, with or without a call of ``super()``, runs inside the wrapper.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from tornado import web

from ...errors import AccessDenied, DatabaseFailed, SuiteError, TransportError
from ...protocol.text import printable
from ..database import database_access
from ..maybe_await import result_of
from ..observe.observers import StatesFacts
from ..sessions.endings import Endings, forget_refresh
from ..sessions.limits import SessionLimits
from ..sessions.observed import extra_of_refresh, log_denial, name_of, note_refresh
from ..sessions.outcome import Outcome, Reason
from .ports import DecidesAgain

_PACKAGE = __name__.partition(".")[0] + "."


class GuardedAuthenticator(StatesFacts, DecidesAgain, Protocol):
    """The part of `SuiteAuthenticator` that the guard uses."""

    endings: Endings
    session_limits: SessionLimits
    refresh_pre_spawn: bool
    refresh_user: Any
    pre_spawn_start: Any

    async def check_spawn(self, user: User) -> None:
        """Refuse to start a server."""

    async def outcome_of_answer(self, user: User, answer: Any) -> Outcome:
        """The outcome, when an override has answered about the user."""


async def answer_refresh(
    authenticator: GuardedAuthenticator,
    user: User,
    handler: BaseHandler | None,
    outcome: Callable[[], Awaitable[Outcome]],
) -> bool:
    """The answer for JupyterHub at a refresh, after the outcome has been applied to the user's credentials.

    Blocks and recorded denials come first, for every kind of sign-in: then `outcome` is not called. It does not raise
    when the database fails.

    Parameters
    ----------
    outcome:
        A function that finds out the outcome for a user who is not blocked.
    """
    blocked = False
    try:
        with database_access(user.db, "the refresh of a user"):
            blocked = user.name in authenticator.option_rules.blocked_names()
            return await _answer(authenticator, user, handler, outcome, blocked=blocked)
    except DatabaseFailed as error:
        authenticator.log.warning("A user cannot be refreshed for now: %s", error.detail)
        return authenticator.endings.unreadable(user, handler, blocked=blocked)


async def _answer(
    authenticator: GuardedAuthenticator,
    user: User,
    handler: BaseHandler | None,
    outcome: Callable[[], Awaitable[Outcome]],
    *,
    blocked: bool,
) -> bool:
    endings = authenticator.endings
    knows_logins = authenticator.enable_auth_state or not endings.is_of_browser(handler, user)
    if knows_logins and not endings.has_signed_in(user):
        return endings.without_login(user, handler, blocked=blocked)
    found = endings.recorded_denial(user)
    if blocked and (found is None or found.rule != "blocked_users"):
        found = log_denial(authenticator, user.name, AccessDenied("blocked_users"))
    limits = authenticator.session_limits
    found = found or limits.outcome(user) or await outcome()
    if found.stays and endings.must_sign_in(user):
        found = Outcome(False, reason=Reason.LOGOUT)
    found = _note(authenticator, user, found)
    stays = endings.answer(user, handler, found)
    if stays and not limits.note_request(user, handler):
        forget_refresh(user)
    return stays


@dataclass
class _Inner:
    """The outcome of the refresh that an override of `refresh_user` has called; None if it called none."""

    outcome: Outcome | None = None


_inside_override: ContextVar[_Inner | None] = ContextVar("inside an override of refresh_user", default=None)


def _note(authenticator: GuardedAuthenticator, user: User, found: Outcome) -> Outcome:
    """Note the outcome once, also when an override of `refresh_user` calls ``super()``: then its own answer."""
    inner = _inside_override.get()
    if inner is None:
        return note_refresh(authenticator, user.name, found, asked=False)
    inner.outcome = found
    return found


def is_overridden(cls: type, method: str) -> bool:
    """Whether a class outside of this package defines the method that `cls` uses."""
    definition = next(base for base in cls.__mro__ if method in vars(base))
    return not definition.__module__.startswith((_PACKAGE, "jupyterhub."))


def guard(authenticator: GuardedAuthenticator) -> None:
    """Wrap the methods of this authenticator. A second call changes nothing."""
    if "pre_spawn_start" not in vars(authenticator):
        authenticator.pre_spawn_start = _guarded_spawn(authenticator, authenticator.pre_spawn_start)
    if "refresh_user" not in vars(authenticator) and is_overridden(type(authenticator), "refresh_user"):
        authenticator.refresh_user = _guarded_refresh(authenticator, authenticator.refresh_user)


def _guarded_spawn(authenticator: GuardedAuthenticator, own: Any) -> Any:
    async def pre_spawn_start(user: User, spawner: Any) -> None:
        if authenticator.refresh_pre_spawn and authenticator.endings.refuses_spawn(user):
            raise web.HTTPError(403, f"{user.name} may no longer use this hub")
        await authenticator.check_spawn(user)
        await result_of(own(user, spawner))

    return pre_spawn_start


def _guarded_refresh(authenticator: GuardedAuthenticator, own: Any) -> Any:
    async def refresh_user(user: User, handler: BaseHandler | None = None, **kwargs: Any) -> bool | Mapping[str, Any]:
        answer: Any = None

        async def outcome() -> Outcome:
            nonlocal answer
            inner = _Inner()
            mark = _inside_override.set(inner)
            try:
                answer = await result_of(own(user, handler, **kwargs))
            except AccessDenied as denied:
                return log_denial(authenticator, user.name, denied)
            except TransportError as error:  # an outage is not a logout
                extra = extra_of_refresh(authenticator, user.name, Outcome(True, final=False))
                text = "refresh_user: %s cannot be refreshed for now: %s"
                authenticator.log.warning(text, printable(user.name), printable(error.detail), extra=extra)
                answer = True
            except SuiteError as error:
                extra = extra_of_refresh(authenticator, user.name, Outcome(False))
                text = "refresh_user: the session of %s ends: %s"
                authenticator.log.warning(text, printable(user.name), printable(error.detail), extra=extra)
            except Exception:
                authenticator.log.exception("refresh_user of %s failed", printable(user.name))
            finally:
                _inside_override.reset(mark)
            recorded = authenticator.endings.recorded_denial(user)  # by a call of super()
            found = recorded or await authenticator.outcome_of_answer(user, answer)
            is_known = inner.outcome is not None and inner.outcome.noted and name_of(inner.outcome) == name_of(found)
            return replace(found, noted=True) if is_known else found

        stays = await answer_refresh(authenticator, user, handler, outcome)
        return answer if stays and isinstance(answer, Mapping) else stays

    return refresh_user
