"""The present state of a way to sign in, as metrics and the status page show it.

It is read from memory when it is asked for: no request is sent, and no statement goes to the database.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderState:
    """One way to sign in. None stands for what it does not have, or what is not known.

    Attributes
    ----------
    provider:
        Its name, as in facts.
    is_failing:
        Whether the circuit breaker counts the provider as down. Only refreshes open and close it.
    failing_since:
        Since when, in seconds since the epoch; None while the provider answers.
    is_slow:
        Whether a request of a refresh has been without a response for some seconds.
    refreshes_waiting, refreshes_running:
        How many refreshes wait in the queue, and how many run.
    refreshes_failing:
        About how many users the provider has not answered since.
    oldest_wait:
        Seconds for which the first refresh in the queue has been waiting.
    keys_fetched_at:
        When the provider's keys were fetched, in seconds since the epoch.
    keys_due_at:
        From when on a login fetches the keys again, in seconds since the epoch.
    keys_are_failing:
        Whether the last attempt to fetch the keys has failed.
    has_secret:
        Whether the Hub has a client secret.
    secret_age:
        Seconds since the client secret has changed.
    secret_expires_in:
        Seconds until the client secret expires; negative when it has expired.
    certificate_expires_at:
        When the first certificate of this client expires, in seconds since the epoch; None without one.
    """

    provider: str
    is_failing: bool | None = None
    failing_since: float | None = None
    is_slow: bool = False
    refreshes_waiting: int | None = None
    refreshes_running: int | None = None
    refreshes_failing: int | None = None
    oldest_wait: float | None = None
    keys_fetched_at: float | None = None
    keys_due_at: float | None = None
    keys_are_failing: bool | None = None
    has_secret: bool = False
    secret_age: float | None = None
    secret_expires_in: float | None = None
    certificate_expires_at: float | None = None
