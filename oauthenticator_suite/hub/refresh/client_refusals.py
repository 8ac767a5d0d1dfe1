"""One ERROR while the provider refuses this Hub as a client, instead of a line for each user."""

from __future__ import annotations

from collections.abc import Callable
from logging import Logger, LoggerAdapter
from typing import Any

from ...errors import ClientRefused
from ...protocol.text import printable

REPEAT_AFTER = 3600.0
"""Seconds after which the log has the ERROR again."""


class ClientRefusals:
    """The refusals of one authenticator's client: disabled or unknown at the provider, or with a wrong secret.

    Parameters
    ----------
    clock:
        Returns the time in seconds.
    log:
        Gets the ERROR, and a line at debug level for each user.
    """

    def __init__(self, clock: Callable[[], float], log: Logger | LoggerAdapter[Any]) -> None:
        self._clock = clock
        self._log = log
        self._logged_at: float | None = None

    def refused(self, name: str, error: ClientRefused) -> None:
        """Log a refusal that was found at the refresh of the user `name`."""
        now = self._clock()
        if self._logged_at is None or not 0 <= now - self._logged_at < REPEAT_AFTER:
            self._logged_at = now
            self._log.error(
                "The provider refuses this hub, and not a user: %s. No user can sign in. Users who are signed in stay "
                "for refresh_outage_grace.",
                printable(error.detail),
            )
        self._log.debug("%s cannot be refreshed: the provider refuses this hub", name)
