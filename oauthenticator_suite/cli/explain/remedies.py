"""What would let a refused user in.

Each proposed line is added to a copy of the configuration, and the rules are applied again: a line is proposed only if
the rule then has the result that the user needs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...hub.base.refusals import claims_read
from ...hub.options.trait_types import Grants
from ...policy.access import Rule
from ...policy.claims import find_claim
from ...policy.explanation import Evaluation, RuleResult, names_in_claims, wider_values
from ...policy.predicates import has_claims, has_verified_email, in_groups
from ...policy.restrictions import verified_email
from .configured import ConfiguredHub, KnownUser
from .lines import OptionLines, quoted

MOST_PROPOSED = 10
"""The number of groups for which a line is proposed."""


@dataclass(frozen=True)
class Remedy:
    """One way to let the user in, or to meet one rule.

    Attributes
    ----------
    text:
        What to do, and what else it means.
    lines:
        The lines to add at the end of the configuration; empty when it is not the configuration that must change.
    """

    text: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Obstacle:
    """A restriction or block that keeps the user out, with what would remove it: one of the remedies is enough."""

    result: RuleResult
    remedies: tuple[Remedy, ...]


@dataclass(frozen=True)
class Remedies:
    """What would let the user in: every obstacle must be removed, and one of the openings is needed.

    Attributes
    ----------
    obstacles:
        Restrictions and blocks.
    openings:
        What would allow the user; empty when a rule does already.
    needs_opening:
        Whether no rule allows the user yet.
    """

    obstacles: tuple[Obstacle, ...] = ()
    openings: tuple[Remedy, ...] = ()
    needs_opening: bool = False


@dataclass
class RemedyFinder:
    """Finds what would let a user in.

    Attributes
    ----------
    hub:
        The present configuration.
    name:
        The way to sign in.
    user:
        The user.
    evaluation:
        What the rules say at present.
    """

    hub: ConfiguredHub
    name: str
    user: KnownUser
    evaluation: Evaluation
    _lines: OptionLines = field(init=False)

    def __post_init__(self) -> None:
        self._way: Any = self.hub.way(self.name)
        self._lines = OptionLines(self.hub, self.name)

    async def find(self) -> Remedies:
        """What would let the user in, as far as the rules decide."""
        obstacles = [Obstacle(result, await self._against(result)) for result in self.evaluation.obstacles]
        openings = tuple([each async for each in self._openings()]) if self.evaluation.openings else ()
        return Remedies(tuple(obstacles), openings, bool(self.evaluation.openings))

    async def renamed(self, login: str, username: str) -> Remedy | None:
        """Give the user another username, which the rules allow; None when no line does."""
        line = self._lines.item("username_map", login, username)
        lines: tuple[str, ...] = (line,)
        for attempt in ((), (self._lines.adding("allowed_users", username),)):
            lines = (line, *attempt)
            made = self.hub.with_lines(lines)
            if made is None:
                continue
            way = made.way(self.name)
            new = str(way.normalize_username(login))
            if not way.validate_username(new):
                continue
            identity = replace(self.user.identity, username=new)
            after = await made.evaluation(self.name, replace(self.user, identity=identity))
            if after.admits and not after.decision.admin:  # admin_users may name the owner of the account
                return Remedy(f"Give the user another name on the Hub, such as {new}:", lines)
        return None

    # --- obstacles ---------------------------------------------------------------------------------------------------

    async def _against(self, result: RuleResult) -> tuple[Remedy, ...]:
        if result.holds is None:
            return (Remedy(f"The data that {result.name} needs arrive at the next login."),)
        if result.part == "blocked":
            return tuple([each async for each in self._unblocked(result)])
        return tuple([each async for each in self._satisfied(result)])

    async def _unblocked(self, result: RuleResult) -> Any:
        names = frozenset({self.user.identity.username, self.user.identity.login or ""})
        spellings = frozenset(
            name for name in self._blocked_in_options() if self._normal(name) in names or name in names
        )
        lines = tuple(self._lines.removing("blocked_users", spellings))
        if lines and await self._meets(lines, result):
            yield Remedy("Remove the name from blocked_users:", lines)
        else:
            yield Remedy(f"Remove {quoted(self.user.identity.username)} from {result.name}.")

    def _blocked_in_options(self) -> Iterator[str]:
        for _, given in self._lines._all_places("blocked_users"):
            if isinstance(given, (set, list, tuple, frozenset)):
                yield from given

    def _normal(self, name: str) -> str:
        prefix = f"{self.name}:"
        return str(self._way.normalize_username(name.removeprefix(prefix)))

    async def _satisfied(self, result: RuleResult) -> Any:
        option = result.name
        if not self._way.has_trait(option) or "predicate" not in self._way.traits()[option].metadata:
            yield Remedy(
                f"The rule {option!r} must hold. It is in the code of {type(self._way).__name__}, not an option."
            )
            return
        value, predicate = getattr(self._way, option), self._way.traits()[option].metadata["predicate"]
        if predicate is has_verified_email:
            yield Remedy("The user confirms the e-mail address at the provider, and signs in again.")
        else:
            yield Remedy(f"The user's data at the provider come to satisfy {option} = {_shown(value)}.")
        for new in self._wider(option, predicate, value):
            for remedy in self._wider_restriction(option, value, new):
                if await self._meets(remedy.lines, result):
                    yield remedy
        if predicate is has_claims:
            lines = tuple(self._accepting_claims(option, value))
            if lines and await self._meets(lines, result):
                yield Remedy("Accept the values that came. This applies to all users:", lines)

    def _wider_restriction(self, option: str, value: Any, new: Any) -> Iterator[Remedy]:
        if new is False:
            yield Remedy(f"Switch {option} off, for all users:", (self._lines.setting(option, False),))
        elif isinstance(new, str):
            text = f"Accept {_shown(new)} as well, for all users:"
            yield Remedy(text, (self._lines.adding(option, new),))
        else:
            yield Remedy(f"Change {option} to {new}, for all users:", (self._lines.setting(option, new),))

    def _accepting_claims(self, option: str, required: Mapping[str, Any]) -> Iterator[str]:
        for key, accepted in required.items():
            if _holds(has_claims, {key: accepted}, self.user):
                continue
            found = find_claim(self.user.identity.claims, key)
            if isinstance(found, (str, int, float, bool)):
                listed = accepted if isinstance(accepted, (list, tuple, set, frozenset)) else [accepted]
                yield self._lines.item(option, key, [*listed, found])

    # --- openings ----------------------------------------------------------------------------------------------------

    async def _openings(self) -> Any:
        identity = self.user.identity
        for result in self.evaluation.openings:
            if result.holds is None and result.part == "allowed":
                yield Remedy(f"The data that {result.name} needs arrive at the next login, and it allows the user.")
        line = self._lines.adding("allowed_users", identity.username)
        if await self._opens((line,)):
            yield Remedy("Allow this user alone:", (line,))
        for result in self.evaluation.openings:
            if result.part == "allowed" and result.holds is False:
                async for remedy in self._through(result.name):
                    yield remedy
        if not any(result.name == "allowed_groups" for result in self.evaluation.openings):
            async for remedy in self._allowing_groups("allowed_groups"):
                yield remedy

    async def _through(self, option: str) -> Any:
        """What would make the rule of one option hold."""
        if option in ("allow_all", "allowed_users") or not self._way.has_trait(option):
            return
        trait, value = self._way.traits()[option], getattr(self._way, option)
        predicate = trait.metadata.get("predicate")
        if predicate is in_groups or isinstance(trait, Grants):
            noun = "groups" if predicate is in_groups else f"{trait.metadata['membership']}s".replace("_", " ")
            yield Remedy(f"The user joins one of these {noun} ({option}): {_listed(value)}.")
        elif predicate is not None:
            yield Remedy(f"The user's data at the provider come to satisfy {option} = {_shown(value)}.")
        if predicate is in_groups:
            async for remedy in self._allowing_groups(option):
                yield remedy
        elif predicate is not None:
            for new in self._wider(option, predicate, value):
                if isinstance(new, str) and await self._opens((line := self._lines.adding(option, new),)):
                    yield Remedy(f"Allow all users who have {_shown(new)}:", (line,))

    async def _allowing_groups(self, option: str) -> Any:
        trait = self._way.traits().get(option)
        if not self._way.manage_groups or trait is None or trait.metadata.get("predicate") is not in_groups:
            return
        for group in sorted(self.user.identity.groups)[:MOST_PROPOSED]:
            line = self._lines.adding(option, group)
            if await self._opens((line,)):
                yield Remedy(f"Allow all members of the group {_shown(group)}, which the user is in:", (line,))

    # --- trying ------------------------------------------------------------------------------------------------------

    def _wider(self, option: str, predicate: Any, value: Any) -> Collection[Any]:
        identity = self.user.identity
        read = claims_read([Rule(option, lambda who: predicate(value, who))], identity)
        candidates = names_in_claims([identity.claims[name] for name in read if _has(identity.claims, name)])
        verified = _safe_verified_email(identity.claims)
        usable = [each for each in candidates if each != verified]
        return list(wider_values(predicate, value, identity, usable))

    async def _after(self, lines: Collection[str]) -> Evaluation | None:
        made = self.hub.with_lines(lines)
        return None if made is None else await made.evaluation(self.name, self.user)

    async def _meets(self, lines: Collection[str], rule: RuleResult) -> bool:
        """Whether a rule that keeps the user out does so no longer, after lines are added."""
        after = await self._after(lines)
        if after is None:
            return False
        of_rule = [each for each in after.results if (each.part, each.name) == (rule.part, rule.name)]
        return all(each.is_met for each in of_rule)

    async def _opens(self, lines: Collection[str]) -> bool:
        """Whether a rule allows the user after lines are added."""
        after = await self._after(lines)
        return after is not None and not after.openings


def suggested_name(login: str) -> str:
    """A username that is like a name at the provider, and that every Hub accepts."""
    plain = re.sub(r"[^a-z0-9]+", "-", login.lower()).strip("-")
    return f"{plain or 'user'}-2"


def _holds(predicate: Any, value: Any, user: KnownUser) -> bool:
    try:
        return bool(predicate(value, user.identity))
    except Exception:  # noqa: BLE001 - then no line can be proposed for it
        return False


def _has(claims: Mapping[str, Any], name: str) -> bool:
    try:
        return name in claims
    except Exception:  # noqa: BLE001 - it is not known
        return False


def _safe_verified_email(claims: Mapping[str, Any]) -> str | None:
    try:
        return verified_email(claims)
    except Exception:  # noqa: BLE001 - it is not known
        return None


def _listed(value: Any) -> str:
    if isinstance(value, (set, frozenset, list, tuple)):
        names = sorted(map(str, value))
        more = f" and {len(names) - MOST_PROPOSED} more" if len(names) > MOST_PROPOSED else ""
        return ", ".join(map(_shown, names[:MOST_PROPOSED])) + more
    return _shown(value)


def _shown(value: Any) -> str:
    text = quoted(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
