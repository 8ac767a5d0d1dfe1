"""The answer of ``oauthenticator-suite explain``, as sentences and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

from .remedies import Remedies, Remedy

_SAYS = {
    "required": ("is satisfied", "is NOT satisfied"),
    "blocked": ("REFUSES the user", "does not refuse the user"),
    "admin": ("allows the user", "does not allow the user"),
    "allowed": ("allows the user", "does not allow the user"),
}
"""By part of the policy: the words for a rule that holds, and for a rule that does not."""


@dataclass(frozen=True)
class RuleAnswer:
    """What one rule says: `policy.explanation.RuleResult`, for the report."""

    part: str
    name: str
    result: bool | None
    reason: str = ""


@dataclass
class Explanation:
    """The answer about one user at one way to sign in.

    Attributes
    ----------
    provider:
        The way to sign in.
    username:
        The user's name on the Hub; empty if it is not known.
    why:
        Sentences: which rule decides, and why.
    rules:
        What each rule says.
    groups:
        The groups that came; None when they are not known or the Hub does not manage groups.
    reference, at, error:
        Of a recorded refusal.
    admitted:
        Whether a login would succeed with the present configuration, as far as that is known.
    is_known:
        Whether it is known; if not, `admitted` is False.
    now:
        The sentence on that.
    now_rules:
        What rules say with the present configuration, where it differs from `rules`.
    remedies:
        What would let the user in.
    extra:
        Further sentences, such as those on data that are not known.
    facts:
        Names and values that follow from the claims: the profile, roles and more.
    """

    provider: str
    username: str = ""
    why: list[str] = field(default_factory=list)
    rules: list[RuleAnswer] = field(default_factory=list)
    groups: list[str] | None = None
    reference: str = ""
    at: float | None = None
    error: str = ""
    admitted: bool = False
    is_known: bool = True
    now: str = ""
    now_rules: list[RuleAnswer] = field(default_factory=list)
    remedies: Remedies | None = None
    others: list[Remedy] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def as_json(answers: Sequence[Explanation]) -> str:
    """The answers as a JSON list."""
    return json.dumps([asdict(answer) for answer in answers], indent=2, default=str)


def as_text(answer: Explanation) -> Iterator[str]:
    """The lines of an answer."""
    yield _headline(answer)
    yield ""
    yield from answer.why
    if answer.facts:
        yield ""
        width = max(map(len, answer.facts))
        yield from (f"  {name:{width}}  {_value(value)}" for name, value in answer.facts.items())
    if answer.rules:
        yield from ("", "What each rule says:", *_table(answer.rules))
    for reason in _reasons(answer):
        yield from ("", reason)
    if answer.groups is not None:
        yield from ("", f"Groups that came: {', '.join(answer.groups) or 'none'}.")
    for sentence in answer.extra:
        yield from ("", sentence)
    if answer.now:
        yield from ("", answer.now)
    if answer.now_rules:
        title = "What these rules say is new:" if answer.rules else "What each rule says now:"
        yield from (title, *_table(answer.now_rules))
    if not answer.admitted:
        yield from _remedies(answer)


def _headline(answer: Explanation) -> str:
    user = answer.username or "A user"
    if not answer.reference and not answer.is_known:
        return f"{answer.provider}: it is not known whether {answer.username or 'the user'} would be allowed."
    if not answer.reference:
        return f"{answer.provider}: {user} would be {'allowed' if answer.admitted else 'refused'}."
    when = ""
    if answer.at:
        when = datetime.fromtimestamp(answer.at, timezone.utc).strftime(" on %Y-%m-%d at %H:%M:%S UTC")
    return f"{answer.reference}: {user} was refused{when}, at {answer.provider} ({answer.error})."


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _table(rules: Sequence[RuleAnswer]) -> Iterator[str]:
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        yes, no = _SAYS.get(rule.part, ("holds", "does not hold"))
        says = {True: yes, False: no, None: "cannot tell"}[rule.result]
        yield f"  {rule.part:8}  {rule.name:{width}}  {says}"


def _reasons(answer: Explanation) -> Iterator[str]:
    """Why rules cannot tell. Rules with the same reason are named together."""
    by_reason: dict[str, dict[str, None]] = {}
    for rule in (*answer.rules, *answer.now_rules):
        if rule.result is None and rule.reason:
            by_reason.setdefault(rule.reason, {})[rule.name] = None
    for reason, names in by_reason.items():
        yield f"Why {', '.join(names)} cannot tell: {reason}."


def _remedies(answer: Explanation) -> Iterator[str]:
    remedies = answer.remedies
    if answer.others:
        yield from ("", "What would let the user in, one of:", *_numbered(answer.others))
    if remedies is None:
        return
    together = len(remedies.obstacles) + remedies.needs_opening > 1
    for number, obstacle in enumerate(remedies.obstacles):
        first = "What would let the user in:" if not together else "What would let the user in, all of these together:"
        if number == 0:
            yield from ("", first)
        yield f"- The rule {obstacle.result.name}" + (", one of:" if len(obstacle.remedies) > 1 else ":")
        yield from _numbered(obstacle.remedies)
    if remedies.needs_opening and remedies.openings:
        title = "- A rule that allows the user, one of:" if together else "What would let the user in, one of:"
        yield from ([title] if together else ["", title])
        yield from _numbered(remedies.openings)


def _numbered(remedies: Sequence[Remedy]) -> Iterator[str]:
    for number, remedy in enumerate(remedies, 1):
        yield f"  {number}. {remedy.text}"
        yield from (f"         {line}" for line in remedy.lines)
