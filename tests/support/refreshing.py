"""When a signed-in user is refreshed: by time that passes at a test's word."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from .hub import Hub


def refresh_is_due(hub: Hub, name: str = "alice") -> None:
    """As if `auth_refresh_age` had passed for this user, and what is kept for a few seconds were forgotten."""
    hub.app.users[name]._auth_refreshed = None
    hub.authenticator.refresher._outcomes.forget(name)


async def refreshes_ended(authenticator: Any) -> None:
    """Wait until no refresh of the authenticator's is under way or in line: a page does not, when it takes long."""
    refresher = authenticator.refresher
    while tasks := [run.task for run in refresher._runs.values()]:
        await asyncio.wait(tasks)
    assert not refresher._queue.waiting


class Time:
    """The time of one Hub's refreshes, which begins as the real one and can be moved forward.

    Made before the first refresh: from then on the Hub's authenticator goes by it.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._ahead = 0.0
        hub.authenticator.refresher.clock = self.now

    def now(self) -> float:
        return time.time() + self._ahead

    def passes(self, seconds: float) -> None:
        """So much later, also for the Hub, which remembers when it has last asked about each user."""
        self._ahead += seconds
        for user in self._hub.app.users.values():
            if user._auth_refreshed:
                user._auth_refreshed -= seconds
