"""The present state of a sign-in at a provider, for metrics and pages: read from memory, without a request."""

from __future__ import annotations

from typing import Protocol

from ..observe.state import ProviderState
from ..refresh.refresher import Refresher
from .connection import ProviderConnection


class HasProviderState(Protocol):
    """The part of an authenticator that is read."""

    connection: ProviderConnection
    refresher: Refresher

    @property
    def observed_name(self) -> str:
        """The name of this way to sign in, in facts."""


def provider_state(authenticator: HasProviderState) -> ProviderState:
    """The circuit breaker, the refresh queue, and the age of keys and secret."""
    refresher, connection = authenticator.refresher, authenticator.connection
    issuer = connection.issuer if connection.issuer.can_verify else None
    return ProviderState(
        provider=authenticator.observed_name,
        is_failing=refresher.breaker.failing_since is not None,
        failing_since=refresher.breaker.failing_since,
        refreshes_waiting=refresher.waiting,
        is_slow=refresher.breaker.is_slow,
        refreshes_running=refresher.running,
        refreshes_failing=refresher.failing,
        oldest_wait=refresher.oldest_wait,
        keys_fetched_at=None if issuer is None else issuer.keys_fetched_at,
        keys_due_at=None if issuer is None else issuer.keys_due_at,
        keys_are_failing=None if issuer is None else issuer.keys_are_failing,
        has_secret=connection.has_secret,
        secret_age=connection.secrets.age() if connection.has_secret else None,
        secret_expires_in=connection.secrets.expires_in() if connection.has_secret else None,
        certificate_expires_at=min((each.expires_at for each in connection.certificates.found()), default=None),
    )
