"""What tests of the Hub floor stand on: a real Hub in the test's event loop, browsers, the log, the invariants."""

from .browser import Browser, Hop
from .fake_time import FakeTime
from .hub import Hub, HubDidNotStart, HubState, start_hub
from .invariants import check_invariants, reference_on
from .logs import LogCapture
from .refreshing import Time, refresh_is_due, refreshes_ended

__all__ = [
    "Browser",
    "FakeTime",
    "Hop",
    "Hub",
    "HubDidNotStart",
    "HubState",
    "LogCapture",
    "Time",
    "check_invariants",
    "reference_on",
    "refresh_is_due",
    "refreshes_ended",
    "start_hub",
]
