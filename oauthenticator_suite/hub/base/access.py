"""Admit or refuse a user: one decision of the rules, and every override that takes part in it.

The user is the one of the current `Admission`, at a sign-in or at a refresh. What the log says about a refused user is
in `refusals`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler

from ...errors import AccessDenied, IncompleteAnswer, ProviderUnreachable
from ...policy.access import Decision
from ...policy.identity import Identity
from ..maybe_await import result_of
from .admission import HasRules, admission, current_admission, is_signing_in
from .refusals import RefusingAuthenticator, log_what_came, missing_claims, what_is_missing


class AdmittingAuthenticator(RefusingAuthenticator, HasRules, Protocol):
    """The part of `SuiteAuthenticator` that this module uses."""

    allow_all: bool
    custom_403_message: str

    async def check_blocked_users(self, username: str, auth_model: dict[str, Any] | None = None) -> bool:
        """JupyterHub's question, which an override may answer."""

    async def check_allowed(self, username: str, auth_model: dict[str, Any] | None = None) -> bool:
        """JupyterHub's question, which an override may answer."""

    def is_admin(self, handler: BaseHandler | None, auth_model: dict[str, Any]) -> bool | None:
        """JupyterHub's question, which an override may answer."""

    def decide(self, username: str, auth_model: Mapping[str, Any] | None) -> Decision:
        """The decision of the rules."""

    async def facts_about(self, username: str) -> Mapping[str, Any]:
        """Data for access rules that the provider does not have."""

    def hint_for(self, claims: Collection[str]) -> str:
        """How to get claims that are missing."""


class Decides(Protocol):
    """The part of an authenticator that `decision_about` uses."""

    def decide(self, username: str, auth_model: Mapping[str, Any] | None) -> Decision:
        """The decision of the rules about the user of the current admission."""


def decision_about(
    authenticator: Decides,
    username: str,
    auth_model: Mapping[str, Any],
    identity: Identity | None,
    facts: Mapping[str, Any],
) -> Decision:
    """The decision of the rules alone about a signed-in user, without overrides: see `SuiteAuthenticator.readmit`."""
    with admission(signing_in=False, identity=identity) as current:
        current.note_facts(username, facts)
        return authenticator.decide(username, auth_model)


async def admit(authenticator: AdmittingAuthenticator, handler: BaseHandler | None, model: dict[str, Any]) -> Decision:
    """Take the access decision on `model`, and set ``admin`` where it is None.

    Raises
    ------
    AccessDenied
        Naming the rule.
    """
    username = model["name"]
    if not await result_of(authenticator.check_blocked_users(username, model)):
        raise refused(authenticator, "check_blocked_users", model, handler)
    if not authenticator.allow_all and not await result_of(authenticator.check_allowed(username, model)):
        decision = authenticator.decide(username, model)
        raise refused(authenticator, "check_allowed" if decision.allowed else decision.rule, model, handler)
    decision = await refuse_barred(authenticator, model)
    if model.get("admin") is None:
        model["admin"] = await result_of(authenticator.is_admin(handler, model))
    return decision


async def refuse_barred(authenticator: AdmittingAuthenticator, model: Mapping[str, Any]) -> Decision:
    """Refuse a user that a block or a restriction excludes; at a sign-in, also if data for a rule are missing."""
    decision = await decision_with_facts(authenticator, model["name"], model)
    if decision.barred:
        denied = refused(authenticator, decision.rule, model)
        denied.barred = True
        raise denied
    return decision


async def decision_with_facts(
    authenticator: AdmittingAuthenticator, username: str, model: Mapping[str, Any] | None
) -> Decision:
    """The decision of the rules. The facts about the user are looked up before, once per sign-in or refresh.

    Raises
    ------
    IncompleteAnswer, ProviderUnreachable
        At a sign-in, if a rule cannot tell.
    """
    current = current_admission()
    if current is None:  # an operator's code asks
        return authenticator.decide(username, model)
    if not current.has_facts(username):
        current.note_facts(username, await authenticator.facts_about(username))
    decision = authenticator.decide(username, model)
    if decision.unknown and current.signing_in:
        raise ProviderUnreachable(decision.unknown) if decision.retry else IncompleteAnswer(decision.unknown)
    return decision


def denied_by(authenticator: AdmittingAuthenticator, rule: str, username: str | None, detail: str = "") -> AccessDenied:
    """The error for a user that `rule` refuses, with the operator's sentence."""
    return AccessDenied(rule, detail, public_message=authenticator.custom_403_message, username=username)


def refused(
    authenticator: AdmittingAuthenticator, rule: str, model: Mapping[str, Any], handler: BaseHandler | None = None
) -> AccessDenied:
    """The same, with what is missing as the detail for the log."""
    username = model["name"]
    has_account = not is_signing_in() or (handler is not None and handler.find_user(username) is not None)
    log_what_came(authenticator, rule, username, model)
    detail = what_is_missing(authenticator, rule, has_account=has_account)
    hint = authenticator.hint_for(missing_claims(authenticator, rule, model))
    return denied_by(authenticator, rule, username, f"{detail}. {hint}" if hint else detail)
