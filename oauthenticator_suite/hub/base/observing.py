"""The start of observation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..observe.events import EventWriter, hash_key_of
from ..observe.log_lines import LogWriter
from ..observe.metrics.exposition import count_in_metrics
from ..observe.observers import Observer, StatesFacts
from ..status.record import status_observer

MakeObserver = Callable[[Any, Any], "Observer | None"]
"""Makes an observer for an authenticator and the `JupyterHub` application; None when nothing is to be observed."""


def write_log_lines(authenticator: Any, app: Any) -> Observer:
    """The observer that writes lines to the log."""
    return LogWriter(authenticator.log).observe


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
    ).observe


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
