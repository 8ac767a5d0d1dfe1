"""The start of observation, and the facts about refused users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ...errors import AccessDenied
from ...policy.access import AccessPolicy
from ..observe.events import EventWriter, hash_key_of
from ..observe.facts import UserRefused
from ..observe.log_lines import LogWriter
from ..observe.metrics.exposition import count_in_metrics
from ..observe.observers import Observer, StatesFacts
from ..status.record import status_observer
from ..web.pages import new_reference
from .admission import Admission


class RefusesUsers(StatesFacts, Protocol):
    """The part of `SuiteAuthenticator` that facts about refused users need."""

    manage_groups: bool

    def policy(self) -> AccessPolicy:
        """The access rules."""


MakeObserver = Callable[[Any, Any], "Observer | None"]
"""Makes an observer for an authenticator and the `JupyterHub` application; None when nothing is to be observed."""


def write_log_lines(authenticator: Any, app: Any) -> Observer:
    """The observer that writes lines to the log."""
    return LogWriter(authenticator.log)


def write_events(authenticator: Any, app: Any) -> Observer | None:
    """The observer that writes events; None when ``EventLogger.handlers`` is not set."""
    eventlog = getattr(app, "eventlog", None)
    if eventlog is None or not eventlog.handlers:
        return None
    all_options = [authenticator, *getattr(authenticator, "children", {}).values()]
    hashes = any(getattr(each, "hash_event_usernames", False) for each in all_options)
    return EventWriter(
        eventlog,
        hash_key=hash_key_of(app.cookie_secret) if hashes else None,
        with_refreshes=all(getattr(each, "event_on_refresh", True) for each in all_options),
    )


OBSERVERS: tuple[MakeObserver, ...] = (write_log_lines, write_events, count_in_metrics, status_observer)
"""What observes each Hub. The first is told first."""


def start_observing(authenticator: StatesFacts, app: Any) -> None:
    """Add the observers to the authenticator of the Hub. It has no effect for a child, whose parent has them already.

    Parameters
    ----------
    app:
        The running `JupyterHub` application. Its options are final and its database can be used.
    """
    observers = authenticator.observers
    if observers.has_begun:
        return
    observers.has_begun = True
    for make in OBSERVERS:
        try:
            observer = make(authenticator, app)
        except Exception:  # noqa: BLE001 - no user must be kept from signing in by a metric
            observers.cannot_begin(make.__name__)
            continue
        if observer is not None:
            observers.add(observer)


def note_refused(authenticator: RefusesUsers, current: Admission, denied: AccessDenied) -> None:
    """Note a refused user, with the reference of the refusal."""
    denied.reference = denied.reference or new_reference()
    if authenticator.observers.any_for(UserRefused):
        authenticator.observers.note(_refusal(authenticator, current, denied))


def _refusal(authenticator: RefusesUsers, current: Admission, denied: AccessDenied) -> UserRefused:
    identity = current.last_decided
    knows_groups = identity is not None and authenticator.manage_groups and not identity.groups_unknown
    return UserRefused(
        provider=authenticator.observed_name,
        reference=denied.reference or "",
        username=denied.username or "",
        rule=denied.rule,
        rules=() if identity is None else current.evaluation(identity, authenticator.policy()).rules,
        groups=tuple(sorted(identity.groups)) if identity is not None and knows_groups else None,
    )
