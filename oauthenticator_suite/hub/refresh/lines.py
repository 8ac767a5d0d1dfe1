"""The lines of the log about refreshes: a sentence for the operator, with the fields of the event for JSON."""

from __future__ import annotations

from ...errors import (
    AccessDenied,
    IdentityError,
    InvalidGrant,
    InvalidToken,
    SuiteError,
    TokenResponseError,
    TransportError,
)
from ...protocol.text import printable
from ..observe.facts import ProviderHealth
from ..observe.log_lines import Extra, extra_of
from ..sessions.observed import extra_of_refresh
from ..sessions.outcome import Outcome, Reason
from .ports import RefreshedAuthenticator

_USUAL = (InvalidGrant, TokenResponseError, InvalidToken, IdentityError, AccessDenied)
"""Errors that end a session without a fault of the Hub or of its configuration."""


class RefreshLines:
    """What the refreshes of one authenticator write to the log.

    A name, or a text of the provider or of an operator's function, may have characters on which a terminal acts.
    """

    def __init__(self, authenticator: RefreshedAuthenticator) -> None:
        self._authenticator = authenticator
        self._log = authenticator.log

    def note_health(self, is_up: bool, reason: str) -> Extra:
        """Note whether the provider answers. Returns the fields for the line about it."""
        fact = ProviderHealth(provider=self._authenticator.observed_name, is_up=is_up, reason=reason)
        self._authenticator.observers.note(fact)
        return extra_of(fact)

    def must_sign_in(self, name: str, why: str, outcome: Outcome) -> Outcome:
        """Write why a user must sign in again. Returns the outcome."""
        self._log.warning(
            "%s must sign in again: %s", printable(name), printable(why), extra=self._extra(name, outcome)
        )
        return outcome

    def has_no_login(self, name: str, why: str) -> None:
        """Write that no login of the user is stored that can be refreshed."""
        outcome = Outcome(False, reason=Reason.NO_LOGIN)
        self._log.info("%s: must sign in again", printable(why), extra=self._extra(name, outcome))

    def cannot_refresh(self, name: str, error: SuiteError, *, is_serious: bool = False) -> None:
        """Write that the user stays, because nothing new is known."""
        log = self._log.error if is_serious else self._log.warning
        extra = self._extra(name, Outcome(True, final=False))
        log("%s cannot be refreshed for now: %s", printable(name), printable(error.detail), extra=extra)

    def without_facts(self, name: str, error: TransportError) -> None:
        """Write that an override could not look up facts about the user."""
        self._log.warning("Facts about %s cannot be looked up: %s", printable(name), printable(error.detail))

    def ended(self, name: str, error: SuiteError) -> Outcome:
        """Write that an error ends the user's session. Returns the outcome."""
        is_of_grant = isinstance(error, TokenResponseError)
        outcome = Outcome(False, reason=Reason.GRANT_ENDED if is_of_grant else Reason.OTHER)
        if isinstance(error, AccessDenied):
            outcome = Outcome.denied(error.rule)
        log = self._log.info if isinstance(error, _USUAL) else self._log.error
        text = "The session of %s ends: %s: %s"
        log(text, printable(name), type(error).__name__, printable(error.detail), extra=self._extra(name, outcome))
        return outcome

    def _extra(self, name: str, outcome: Outcome) -> Extra:
        return extra_of_refresh(self._authenticator, name, outcome)
