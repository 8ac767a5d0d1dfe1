"""What an authenticator does when the Hub starts: its options are final, and no request has been served."""

from __future__ import annotations

from typing import Any, Protocol

from ..findings.at_start import log_advice
from ..findings.finding import Finding, Stage, find, report
from ..store.store import store_of
from .hooks import ReconcileHook
from .observing import start_observing
from .refresh_guard import GuardedAuthenticator, guard
from .refusal_record import RecordsRefusals, remove_old_refusals


class StartingAuthenticator(GuardedAuthenticator, RecordsRefusals, Protocol):
    """The part of `SuiteAuthenticator` that this module uses."""

    reconcile: ReconcileHook
    found_at_start: tuple[Finding, ...]
    log: Any

    def check_configuration(self) -> None:
        """Run the checks of the configuration."""

    def check_system(self) -> None:
        """Run the checks about the system."""

    def load_role_definitions(self, app: Any) -> None:
        """Read the definitions of the Hub's roles."""


def start(authenticator: StartingAuthenticator, app: Any) -> None:
    """Check the options and the suite's tables, and begin to observe. `app` is the running `JupyterHub` application.

    Raises
    ------
    ConfigurationError
        When the Hub must not start.
    """
    authenticator.check_configuration()
    authenticator.check_system()
    log_advice(authenticator)
    store_of(app.db)
    remove_old_refusals(authenticator, app.db)
    authenticator.endings.app = app
    guard(authenticator)
    start_observing(authenticator, app)
    authenticator.load_role_definitions(app)
    authenticator.reconcile.take_over()


def run_checks(authenticator: StartingAuthenticator, stage: Stage) -> None:
    """Run the checks of one stage: log warnings, and raise `ConfigurationError` for errors."""
    found = find(authenticator, stage)
    authenticator.found_at_start = (*authenticator.found_at_start, *found)
    report(found, authenticator.log)
