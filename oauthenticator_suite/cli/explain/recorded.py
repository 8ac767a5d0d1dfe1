"""The answer about a recorded refusal."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ...hub.accounts.ownership import rebind_command
from ...hub.base.refusal_record import NOT_ASKED_THEN
from ...policy.explanation import Evaluation
from ...policy.identity import Identity
from .configured import CannotExplain, ConfiguredHub, KnownUser
from .refused import Refused
from .remedies import Remedy, RemedyFinder, suggested_name
from .report import Explanation, RuleAnswer

_IN_CODE = {
    "check_allowed": "The method check_allowed of the authenticator's class refused the user. The rules did not.",
    "check_blocked_users": "The method check_blocked_users of the authenticator's class refused the user.",
    "authenticate": "The method authenticate of the authenticator's class refused the user.",
    "post_auth_hook": "The function in post_auth_hook refused the user.",
}


async def answer_about(hub: ConfiguredHub, refused: Refused) -> Explanation:
    """Explain a refusal, and say what the present configuration would do."""
    refusal, user = refused.refusal, refused.user
    answer = Explanation(
        refusal.provider,
        username="" if user is None else user.username or (user.identity.username if user.identity else ""),
        rules=[RuleAnswer(*rule) for rule in refusal.rules],
        groups=None if user is None else user.groups,
        reference=refusal.reference,
        at=refusal.at,
        error=refusal.error,
    )
    if user is not None:
        answer.rules = [replace(each, reason=user.unknown.get(each.name, "")) for each in answer.rules]
    answer.why = [*_why(refused)]
    try:
        hub.way(refusal.provider)
    except CannotExplain as error:
        answer.extra.append(f"What the present configuration would do is not known: {error}.")
        return answer
    if refused.why_unknown:
        answer.extra.append(f"What would let this user in is not known: {refused.why_unknown}.")
        return answer
    known = known_user(hub, refused)
    if known is None:
        answer.extra.append("The user was refused before the rules were applied, so they are not explained.")
        return answer
    await _explain_now(hub, refused, known, answer)
    return answer


def known_user(hub: ConfiguredHub, refused: Refused) -> KnownUser | None:
    """The user of a refusal, under the name that the present configuration gives; None when too little is known."""
    user = refused.user
    if user is None or user.identity is None:
        return None
    identity = user.identity
    way: Any = hub.way(refused.refusal.provider)
    if identity.login is not None and not way.keeps_renamed_users:
        identity = replace(identity, username=str(way.normalize_username(identity.login)))
    return KnownUser(identity, user.wanted, NOT_ASKED_THEN)


async def _explain_now(hub: ConfiguredHub, refused: Refused, known: KnownUser, answer: Explanation) -> None:
    refusal = refused.refusal
    evaluation = await hub.evaluation(refusal.provider, known)
    before = {(each.part, each.name): each.result for each in answer.rules}
    answer.now_rules = [
        RuleAnswer(each.part, each.name, each.holds, each.why_unknown)
        for each in evaluation.results
        if before.get((each.part, each.name), ...) != each.holds
    ]
    finder = RemedyFinder(hub, refusal.provider, known, evaluation)
    still = _still_refused(hub, refused, known, evaluation)
    answer.admitted = evaluation.admits and not still
    answer.is_known = bool(still) or evaluation.admits or not evaluation.decision.allowed
    answer.now = now_sentence(evaluation, still)
    if not evaluation.admits:
        answer.remedies = await finder.find()
    if still:
        answer.others = [each async for each in _other_remedies(refused, known, finder)]


def now_sentence(evaluation: Evaluation, still: str) -> str:
    """What the present configuration would do."""
    if still:
        return f"With the present configuration the user would be refused as well: {still}"
    if evaluation.admits:
        return f"With the present configuration this user would be allowed: {evaluation.decision.rule}."
    if evaluation.decision.allowed:
        return "With the present configuration it is not known whether the user would be allowed."
    return f"With the present configuration the user would be refused as well: {evaluation.decision.rule}."


def _still_refused(hub: ConfiguredHub, refused: Refused, known: KnownUser, evaluation: Evaluation) -> str:
    """Why the user would be refused whatever the rules say; empty when only the rules count."""
    refusal, username = refused.refusal, known.identity.username
    if not hub.way(refusal.provider).validate_username(username):
        return f"{username} is not a valid username."
    if refusal.error == "AccountConflict":
        taken = hub.accounts is None or username in hub.accounts
        return f"the account {username} belongs to another user." if taken else ""
    if refusal.error == "InsufficientAuthentication":
        return "the user has not signed in at the provider as demanded."
    rules = {name for _, name, _ in (*refusal.rules, *evaluation.rules)}
    decided = refusal.rule in rules or refusal.rule in ("no allow rule matches", "username_pattern", "unknown", "")
    return "" if decided else f"{refusal.rule} decides in its own code."


async def _other_remedies(refused: Refused, known: KnownUser, finder: RemedyFinder) -> Any:
    identity, refusal = known.identity, refused.refusal
    if refusal.rule == "username_pattern" or refusal.error == "AccountConflict":
        login = identity.login or identity.username
        renamed = await finder.renamed(login, suggested_name(login))
        if renamed is not None:
            yield renamed
    if refusal.error == "AccountConflict":
        if identity.subject is not None and refused.user is not None and "another subject" in refused.user.detail:
            yield Remedy(
                "If it is the same person, give the account to this user. Stop the Hub, and run this (without --yes, "
                "it only says what it would do):",
                (_rebind_command(identity),),
            )
        yield Remedy("If the former owner has left, delete the account on the Hub's admin page.")
    elif refusal.rule == "username_pattern":
        yield Remedy("Change username_pattern so that it accepts the name.")
    elif refusal.error == "InsufficientAuthentication":
        yield Remedy("The user signs in again, and the provider asks for what extra_authorize_params demand.")
    else:
        yield Remedy(f"Change the code that decides: {refusal.rule}.")


def _rebind_command(identity: Identity) -> str:
    words = ["--user", identity.username, "--subject", identity.subject or "", "--yes"]
    return f"{rebind_command(identity.issuer, identity.issuer)} {shlex.join(words)}"


def _why(refused: Refused) -> Iterable[str]:
    refusal = refused.refusal
    detail = refused.user.detail if refused.user is not None else ""
    kinds = {name: kind for kind, name, _ in refusal.rules}
    unknown = [name for _, name, result in refusal.rules if result is None]
    if refusal.rule in _IN_CODE:
        yield _IN_CODE[refusal.rule]
    elif refusal.rule == "no allow rule matches":
        yield "No rule allows the user."
    elif kinds.get(refusal.rule) == "blocked":
        yield f"The user is blocked: {refusal.rule}."
    elif kinds.get(refusal.rule) == "required":
        yield f"The user does not satisfy {refusal.rule}, which applies to every user."
    elif refusal.error == "IncompleteAnswer":
        yield f"The provider did not send what is needed to tell whether these rules hold: {', '.join(unknown)}."
    elif refusal.error == "AccountConflict":
        yield "The Hub has an account of this name, and it belongs to another user."
    elif refusal.error == "InsufficientAuthentication":
        yield "The user did not sign in at the provider as the Hub demands."
    elif refusal.error == "IdentityError":
        yield "The provider's data contain no username that the Hub can use."
    else:
        yield f"The rule that decided is {refusal.rule}."
    if detail and refusal.error != "IncompleteAnswer" and kinds.get(refusal.rule) != "blocked":
        yield f"The log says: {detail if detail.endswith('.') else f'{detail}.'}"
