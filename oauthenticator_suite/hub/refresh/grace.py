"""The grace period: users stay signed in for `refresh_outage_grace` while nothing new is known about them.

"Unknown" is neither a yes nor a no. The rules are applied to stored data meanwhile.
"""

from __future__ import annotations

from jupyterhub.user import User

from ...errors import AccessDenied, DatabaseFailed, UnreadableRecord
from ..resilience.outage_clock import OutageClock
from ..resilience.user_faults import UserBackoff
from ..sessions.outcome import Outcome, Reason
from .decision import RefreshDecision, Stored
from .lines import RefreshLines
from .ports import RefreshedAuthenticator

_TOO_LONG = Outcome(False, final=False, reason=Reason.OUTAGE)
"""The outcome when nothing new has been known for `refresh_outage_grace`."""


class GracePeriod:
    """The grace period of the users of one authenticator."""

    def __init__(
        self,
        authenticator: RefreshedAuthenticator,
        decision: RefreshDecision,
        outages: OutageClock,
        backoff: UserBackoff,
        lines: RefreshLines,
    ) -> None:
        self._authenticator = authenticator
        self._decision = decision
        self._outages = outages
        self._backoff = backoff
        self._lines = lines
        self._has_reported_unreadable = False

    def with_incomplete_answer(self, user: User, outcome: Outcome) -> Outcome:
        """The outcome when the provider leaves out what a rule needs, and `outcome` says that the user stays."""
        grace = self._authenticator.refresh_outage_grace
        seconds = self._outages.failed(user.name, grace, own=True)
        if seconds < grace:
            return outcome
        return self._lines.must_sign_in(user.name, f"this has been unknown for {int(seconds)} s", _TOO_LONG)

    async def without_provider(self, user: User, stored: Stored) -> Outcome:
        """The outcome when the provider cannot be asked: the user stays if the rules allow it on stored data."""
        grace = self._authenticator.refresh_outage_grace
        seconds = self._outages.failed(user.name, grace, own=self._backoff.is_own(user.name))
        if seconds >= grace or stored.sign_in.identity is None:
            why = f"the provider has not answered for {int(seconds)} s"
            return self._lines.must_sign_in(user.name, why, _TOO_LONG)
        return await self._decision.on_stored_data(user, stored)

    def without_own_data(self, name: str, error: DatabaseFailed | UnreadableRecord) -> Outcome:
        """The outcome when the Hub's own data cannot be read or written."""
        if isinstance(error, DatabaseFailed) or not self._has_reported_unreadable:
            self._lines.cannot_refresh(name, error, is_serious=True)
        self._has_reported_unreadable |= isinstance(error, UnreadableRecord)
        if name in self._authenticator.option_rules.blocked_names():
            return self._lines.ended(name, AccessDenied("blocked_users"))
        grace = self._authenticator.refresh_outage_grace
        seconds = self._outages.failed(name, grace)
        if seconds >= grace:
            why = f"the Hub's own data are unknown for {int(seconds)} s"
            return self._lines.must_sign_in(name, why, _TOO_LONG)
        return Outcome(True, final=False)
