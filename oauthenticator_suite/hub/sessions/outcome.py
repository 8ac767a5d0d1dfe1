"""The outcome of a refresh."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Reason(Enum):
    """Why sessions have ended. The value is stored, and is part of the key of the sentence for the user."""

    LOGOUT = "logout"
    PROVIDER_LOGOUT = "provider_logout"
    GRANT_ENDED = "grant_ended"
    OUTAGE = "outage"
    NO_LOGIN = "no_login"
    MAX_AGE = "max_age"
    IDLE = "idle"
    ASKED = "asked"
    OTHER_BROWSER = "other_browser"
    DENIED = "denied"
    OTHER = "other"


OUTAGE_RULE = "refresh_outage_grace"
"""The rule that ends the grace period of an outage. It denies no user: nothing was said about any user."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a refresh.

    Attributes
    ----------
    stays:
        Whether the session continues. If not, and there is no `rule`, the user must sign in again.
    final:
        False when the provider could not be asked: the user is refreshed again soon.
    rule:
        The rule that denies the user; empty when the user is not denied.
    revocable:
        Whether the denial may delete the user's tokens (`revoke_tokens_on_denial`): the user is blocked, or the account
        is gone.
    reason:
        Why the user must sign in again.
    noted:
        Whether observers have been told. One refresh has one outcome for all requests that wait for it.
    """

    stays: bool
    final: bool = True
    rule: str = ""
    revocable: bool = False
    reason: Reason = Reason.OTHER
    noted: bool = field(default=False, compare=False)

    @classmethod
    def denied(cls, rule: str, *, gone: bool = False) -> Outcome:
        """The outcome when a rule denies the user. `gone`: the account no longer exists where the user signed in."""
        if rule == OUTAGE_RULE:
            return cls(False, reason=Reason.OUTAGE)
        return cls(False, rule=rule, revocable=gone or rule == "blocked_users", reason=Reason.DENIED)
