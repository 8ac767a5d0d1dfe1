"""The refresh of users whose child belongs to another package, or who have no child."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from tornado import web

from ..errors import AccessDenied, ConfigurationError, DatabaseFailed
from ..hub.accounts.account_sync import NewAccount, changed_rights
from ..hub.base.authenticator import SuiteAuthenticator
from ..hub.base.refresh_guard import is_overridden
from ..hub.base.startup_checks import SEALED
from ..hub.database import database_access
from ..hub.maybe_await import result_of
from ..hub.observe.facts import RightsChanged
from ..hub.observe.observers import Observers
from ..hub.sessions.endings import Endings, forget_refresh
from ..hub.sessions.limits import was_asked
from ..hub.sessions.observed import extra_of_refresh, log_denial, note_refresh
from ..hub.sessions.outcome import Outcome, Reason
from ..protocol.text import printable


class HasChildren(Protocol):
    """The part of `MultiAuthenticator` that a refresh without a child uses."""

    blocked_users: set[str]
    log: Logger | LoggerAdapter[Any]

    @property
    def children(self) -> Mapping[str, Authenticator]:
        """The child authenticators, by provider."""


class _NoRoles:
    """Another package's roles are its own: nothing is known of them."""

    def complete(self, auth_model: dict[str, Any], *, was_admin: bool) -> None:
        """Leave the model as it is."""


@dataclass
class _ForeignSessions:
    """The options of this package that an authenticator of another package does not have."""

    log: Logger | LoggerAdapter[Any]
    observers: Observers
    observed_name: str
    manage_groups: bool = False
    manage_roles: bool = False
    enable_auth_state: bool = True
    revoke_tokens_on_denial: bool = False
    stop_servers_on_denial: bool = False
    managed_roles = _NoRoles()


def endings_of(authenticator: Any) -> Endings:
    """The `Endings` of a child of another package or of the parent, made at its first refresh."""
    endings: Endings | None = vars(authenticator).get("_suite_endings")
    if endings is None:
        of_parent = hasattr(authenticator, "seat")
        name = authenticator.seat.provider if of_parent else ""
        observers: Observers = (authenticator.parent if of_parent else authenticator).observers
        manages = bool(authenticator.manage_groups)
        sessions = _ForeignSessions(authenticator.log, observers, name, manage_groups=manages)
        endings = authenticator._suite_endings = Endings(sessions)
    return endings


def foreign_rights(child: Authenticator, user: User | NewAccount, model: Mapping[str, Any]) -> RightsChanged | None:
    """How the model of a child of another package changes admin right and groups; None if it changes nothing."""
    observed: Any = endings_of(child).observed
    admin = bool(getattr(user, "admin", False))
    return changed_rights(observed, user, {**model, "groups": model.get("groups")}, was_admin=admin)


async def refresh_foreign(
    child: Authenticator, user: User, handler: BaseHandler | None, **kwargs: Any
) -> bool | dict[str, Any]:
    """Refresh a user as the child's class does, after the blocks, which `refresh_user` of other packages ignores."""
    endings, blocked = endings_of(child), user.name in child.blocked_users
    if not endings.has_signed_in(user):
        return endings.without_login(user, handler, blocked=blocked)
    denial = endings.recorded_denial(user)
    if denial is None and blocked:
        denial = log_denial(endings.observed, user.name, AccessDenied("blocked_users"))
    if denial is None and was_asked(user):
        denial = Outcome(False, reason=Reason.ASKED)
    if denial is not None:
        return _answer(endings, user, handler, denial)
    answer: Any = await result_of(child.refresh_user(user, handler, **kwargs))
    if endings.must_sign_in(user):
        answer = False
    change = foreign_rights(child, user, answer) if isinstance(answer, dict) else None
    stays = _answer(endings, user, handler, Outcome(bool(answer)))
    if stays and change is not None:  # JupyterHub writes the answer
        endings.observed.observers.note(change)
    return answer if stays and isinstance(answer, dict) else stays


def _answer(endings: Endings, user: User, handler: BaseHandler | None, outcome: Outcome) -> bool:
    """Note the outcome, and apply it."""
    return endings.answer(user, handler, note_refresh(endings.observed, user.name, outcome, asked=False))


def refresh_without_child(multi: HasChildren, user: User, handler: BaseHandler | None) -> bool:
    """Refresh a user without a known child: no login is recorded, or it was with a child that is gone."""
    endings = endings_of(multi)
    blocked = any(user.name in each.blocked_users for each in (multi, *multi.children.values()))
    if not endings.has_signed_in(user):
        return endings.without_login(user, handler, blocked=blocked)
    if blocked:
        return _answer(endings, user, handler, Outcome.denied("blocked_users"))
    recorded = endings.recorded_denial(user)
    if recorded is None:
        recorded = Outcome(False, reason=Reason.NO_LOGIN)
        extra = extra_of_refresh(endings.observed, user.name, recorded)
        multi.log.warning(
            "The provider of %s is not known: the user must sign in again", printable(user.name), extra=extra
        )
    return _answer(endings, user, handler, recorded)


def refuse_spawn_of_denied(user: User) -> None:
    """Refuse to start a server of a user whose denial is recorded.

    Raises
    ------
    tornado.web.HTTPError
        With status 403.
    """
    log = logging.getLogger(__name__)
    if Endings(_ForeignSessions(log, Observers(log), "")).refuses_spawn(user):
        raise web.HTTPError(403, f"{user.name} may no longer use this hub")


def guard_parent(multi: Any) -> None:
    """Refuse a subclass of `MultiAuthenticator` that replaces the sign-in, and wrap its `refresh_user`.

    Raises
    ------
    ConfigurationError
        When the subclass overrides `get_authenticated_user`.
    """
    cls = type(multi)
    if is_overridden(cls, "get_authenticated_user"):
        raise ConfigurationError(
            f"{cls.__name__}.get_authenticated_user must not be overridden: in a child's class, use "
            f"{SEALED['get_authenticated_user']}"
        )
    if is_overridden(cls, "refresh_user") and "refresh_user" not in vars(multi):
        multi.refresh_user = _guarded(multi, multi.refresh_user)


def _guarded(multi: Any, own: Any) -> Any:
    async def refresh_user(user: User, handler: BaseHandler | None = None, **kwargs: Any) -> Any:
        name = user.name
        try:
            with database_access(user.db, f"the refresh of {name!r}"):
                return await kept(user, handler, **kwargs)
        except AccessDenied as denied:
            endings = _endings_for(multi, await multi.accounts.child_of(user))
            return endings.answer(user, handler, log_denial(endings.observed, name, denied))
        except DatabaseFailed as error:
            multi.log.warning("%s cannot be refreshed for now: %s", name, error.detail)
            blocked = any(name in child.blocked_users for child in multi.children.values())
            return endings_of(multi).unreadable(user, handler, blocked=blocked)

    async def kept(user: User, handler: BaseHandler | None, **kwargs: Any) -> Any:
        answer = await result_of(own(user, handler, **kwargs))
        if not answer:
            return answer
        child = await multi.accounts.child_of(user)
        ended = await _why_ended(multi, child, user, answer)
        if ended is not None:
            return _endings_for(multi, child).answer(user, handler, ended)
        if isinstance(child, SuiteAuthenticator) and not child.session_limits.note_request(user, handler):
            forget_refresh(user)
        return answer

    return refresh_user


def _endings_for(multi: Any, child: Authenticator | None) -> Endings:
    """The `Endings` of a child of this package, which knows what it has granted; else those of the parent."""
    return child.endings if isinstance(child, SuiteAuthenticator) else endings_of(multi)


async def _why_ended(multi: Any, child: Authenticator | None, user: User, answer: Any) -> Outcome | None:
    """The outcome that ends the sessions of a user who is kept by an override; None when nothing ends them."""
    recorded: Outcome | None = endings_of(multi).recorded_denial(user)
    if recorded is not None:
        return recorded
    if isinstance(child, SuiteAuthenticator):
        if user.name in child.option_rules.blocked_names():
            return Outcome.denied("blocked_users")
        found = child.session_limits.outcome(user) or await child.outcome_of_answer(user, answer)
        return None if found.stays else found
    if child is not None and user.name in child.blocked_users:
        return Outcome.denied("blocked_users")
    return Outcome(False, reason=Reason.ASKED) if was_asked(user) else None
