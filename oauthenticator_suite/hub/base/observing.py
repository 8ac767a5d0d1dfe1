"""The start of observation, and the facts about refused users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from ...errors import AccessDenied
from ...policy.access import AccessPolicy
from ...policy.explanation import evaluate
from ..observe.facts import UserRefused
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

OBSERVERS: tuple[MakeObserver, ...] = (count_in_metrics, status_observer)
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
        observer = make(authenticator, app)
        if observer is not None:
            observers.add(observer)


@contextmanager
def noted_refusals(authenticator: RefusesUsers, current: Admission) -> Iterator[None]:
    """Note a refused user, if the login inside of the block ends with `AccessDenied`."""
    try:
        yield
    except AccessDenied as denied:
        if authenticator.observers.are_any:
            denied.reference = denied.reference or new_reference()
            authenticator.observers.note(_refusal(authenticator, current, denied))
        raise


def _refusal(authenticator: RefusesUsers, current: Admission, denied: AccessDenied) -> UserRefused:
    identity = current.last_decided
    knows_groups = identity is not None and authenticator.manage_groups and not identity.groups_unknown
    return UserRefused(
        provider=authenticator.observed_name,
        reference=denied.reference or "",
        username=denied.username or "",
        rule=denied.rule,
        rules=() if identity is None else evaluate(authenticator.policy(), identity).rules,
        groups=tuple(sorted(identity.groups)) if identity is not None and knows_groups else None,
    )
