"""What the log says about a refused user: what was missing, and, at debug level, what was there.

The first is made of the operator's options alone. The second has the user's groups, scopes and memberships, and those
claims that the rules have read. Neither has tokens.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from ...policy.access import AccessPolicy, Rule
from ...policy.identity import Identity
from ...policy.unknown import CUT_OFF_MARK
from .admission import Admission, current_admission

_MOST_NAMES = 20
_MOST_CHARACTERS = 200


class RefusingAuthenticator(Protocol):
    """The part of `SuiteAuthenticator` that this module uses."""

    allow_existing_users: bool
    log: logging.Logger | logging.LoggerAdapter[Any]

    def policy(self) -> AccessPolicy:
        """The access rules."""

    def groups_in(self, auth_model: Mapping[str, Any] | None) -> frozenset[str]:
        """The Hub groups in a model."""

    def has_trait(self, name: str) -> bool:
        """Whether there is an option of this name."""


class _ReadClaims(dict[str, Any]):
    """Claims that remember which of them were read. The mark of lists that are cut off is not a claim of the user."""

    def __init__(self, claims: Mapping[str, Any]) -> None:
        super().__init__(claims)
        self.read: dict[str, None] = {}

    def get(self, key: Any, default: Any = None) -> Any:
        self._note(key)
        return super().get(key, default)

    def __getitem__(self, key: Any) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def __contains__(self, key: Any) -> bool:
        self._note(key)
        return super().__contains__(key)

    def _note(self, key: Any) -> None:
        if key != CUT_OFF_MARK:
            self.read[key] = None


def what_is_missing(authenticator: RefusingAuthenticator, rule: str, *, has_account: bool) -> str:
    """Why the user is refused, in terms of the options.

    Parameters
    ----------
    rule:
        The rule that decided: the name in `oauthenticator_suite.policy.access.Decision`, or of an overridden method.
    has_account:
        Whether the Hub has an account of the user's name.
    """
    if rule == "blocked_users":
        return "the name is in blocked_users"
    policy = authenticator.policy()
    if any(rule == each.name for each in policy.required):
        return f"the user does not satisfy {_shown_option(authenticator, rule) or rule}, which applies to every user"
    if rule in ("check_allowed", "check_blocked_users"):
        return f"{rule} is overridden and refuses the user"
    rules = {each.name: None for each in (*policy.admin, *policy.allowed)}
    options = [shown for name in rules if (shown := _shown_option(authenticator, name))]
    if not options:
        return "no option allows any user: set allow_all, allowed_users, or another one that begins with allow"
    reason = f"the user is in none of {', '.join(options)}"
    if has_account and not authenticator.allow_existing_users:
        reason += ". The Hub has an account of this name, and allow_existing_users is off"
    return reason


def log_what_came(
    authenticator: RefusingAuthenticator, rule: str, username: str, auth_model: Mapping[str, Any]
) -> None:
    """Log, at debug level, what is known about the user who was just refused by a rule."""
    if authenticator.log.isEnabledFor(logging.DEBUG):
        current = current_admission() or Admission(signing_in=False)
        identity = current.identity_as(username, authenticator.groups_in(auth_model))
        known = what_came(authenticator, rule, identity)
        authenticator.log.debug("User %r is refused, rule=%s. What is known: %s", username, rule, known)


def missing_claims(authenticator: RefusingAuthenticator, rule: str, auth_model: Mapping[str, Any]) -> list[str]:
    """The claims that a restriction has looked for and not found in the user's data."""
    current = current_admission()
    barring = [each for each in authenticator.policy().required if each.name == rule]
    if current is None or not barring:
        return []
    identity = current.identity_as(str(auth_model["name"]), authenticator.groups_in(auth_model))
    return [name for name in claims_read(barring, identity) if name not in identity.claims]


def what_came(authenticator: RefusingAuthenticator, rule: str, identity: Identity) -> str:
    """What is known about the user, as far as the rules have looked at it."""
    policy = authenticator.policy()
    barring = [each for each in policy.required if each.name == rule]
    claims = _claims_read(barring or [*policy.admin, *policy.allowed], identity)
    parts = [f"name at the provider: {_shown(identity.login)}"] if identity.login is not None else []
    parts.append(f"groups: {_names(identity.groups)}")
    parts += [f"scopes: {_names(identity.scopes)}"] if identity.scopes else []
    parts += [f"{kind}: {_names(names)}" for kind, names in sorted(identity.memberships.items())]
    parts += [f"claim {_shown(name)}: {value}" for name, value in claims]
    return "; ".join(parts)


def claims_read(rules: Iterable[Rule], identity: Identity) -> list[str]:
    """The keys of claims that `rules` look for in the user's data."""
    claims = _ReadClaims(identity.claims)
    recorded = replace(identity, claims=claims)
    for rule in rules:
        with suppress(Exception):  # `Unknown`, and whatever an operator's rule raises
            rule.holds(recorded)
    return list(claims.read)


def _claims_read(rules: Iterable[Rule], identity: Identity) -> Iterator[tuple[str, str]]:
    """The claims that `rules` read, with their values."""
    read = claims_read(rules, identity)
    for name in read[:_MOST_NAMES]:
        if name in identity.claims:
            yield name, "not shown" if may_be_secret(name) else _shown(identity.claims[name])
        elif not any(_is_path(name, other, identity.claims) for other in read):
            yield name, "missing"


def may_be_secret(claim: object) -> bool:
    """Whether the value of a claim with this name is neither logged nor recorded."""
    return any(word in str(claim).lower() for word in ("token", "secret", "password"))


def _is_path(name: str, other: str, claims: Mapping[str, Any]) -> bool:
    """Whether both were read for one key with dots, of which the missing claim `name` tells less than `other`."""
    return other.startswith(f"{name}.") or (name.startswith(f"{other}.") and other in claims)


def _shown_option(authenticator: RefusingAuthenticator, name: str) -> str:
    """An option with its value; its name alone where the value tells nothing; empty when it is not set."""
    if not authenticator.has_trait(name):
        return name  # a rule that is not an option
    value = getattr(authenticator, name)
    if not value:
        return ""
    if value is True or callable(value):
        return name
    if name in ("allowed_users", "admin_users"):
        return f"{name} ({len(value)} {'name' if len(value) == 1 else 'names'})"
    return f"{name} = {_names(value) if isinstance(value, (set, frozenset, list, tuple)) else _shown(value)}"


def _names(names: Collection[Any]) -> str:
    shown = [_shown(name) for name in sorted(names, key=str)[:_MOST_NAMES]]
    more = len(names) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more else "")


def _shown(value: Any) -> str:
    """A value with control characters escaped, and at most `_MOST_CHARACTERS` of it."""
    text = repr(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"
