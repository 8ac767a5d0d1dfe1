"""One user whose access is being decided, for as long as one sign-in or one refresh lasts.

JupyterHub asks an authenticator several questions about a user (`check_blocked_users`, `check_allowed`, `is_admin`),
and an override may ask them again inside a stage. All answers must come from one decision about one identity. An
`Admission` holds both. It travels in a context variable and not in the authentication model, because an override may
replace the model, and because JupyterHub runs some questions in separate tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ...policy.access import AccessPolicy, Decision
from ...policy.explanation import Evaluation, evaluate
from ...policy.identity import Identity
from ..accounts.record import SessionRecord

_current: ContextVar[Admission | None] = ContextVar("admission", default=None)


class HasRules(Protocol):
    """The part of `SuiteAuthenticator` that an `Admission` uses."""

    manage_groups: bool

    def policy(self) -> AccessPolicy:
        """The access rules."""

    def groups_in(self, auth_model: Mapping[str, Any] | None) -> frozenset[str]:
        """The Hub groups in a model, which count only with `manage_groups`."""


@dataclass(slots=True)
class Admission:
    """What is known about the user so far.

    Attributes
    ----------
    signing_in:
        True for a sign-in, False for a refresh of a signed-in user.
    identity:
        The user as the provider or the form described them; None until that is known.
    username:
        The normalised username, once a stage has computed it; None before.
    followed:
        With `follow_renames`, the name of the account that was found by issuer and subject; None when there is none.
    is_renamed:
        Whether that account has another name than a new user would get.
    id_token_claims:
        The claims of the verified ID token; None when there is none.
    from_id_token:
        With `merge_id_token_claims`, the names of the claims that only the ID token has.
    access_token:
        The user's access token; empty when there is none.
    record:
        The record of the login that `auth_state` will hold; None when there is none.
    last_decided:
        The identity about which the last decision was taken; None before the first.
    """

    signing_in: bool
    identity: Identity | None = None
    username: str | None = None
    followed: str | None = None
    is_renamed: bool = False
    id_token_claims: Mapping[str, Any] | None = None
    from_id_token: frozenset[str] = frozenset()
    access_token: str = field(default="", repr=False)
    record: SessionRecord | None = None
    last_decided: Identity | None = None
    _facts: tuple[str, Mapping[str, Any]] | None = None
    _decided: tuple[tuple[Any, ...], Decision] | None = field(default=None, repr=False)
    _evaluated: tuple[Identity, Evaluation] | None = field(default=None, repr=False)

    def note_facts(self, username: str, facts: Mapping[str, Any]) -> None:
        """Store what `SuiteAuthenticator.facts_about` returned for `username`."""
        self._facts = username, facts

    def has_facts(self, username: str) -> bool:
        """Whether the facts about `username` have been looked up."""
        return self._facts is not None and self._facts[0] == username

    def identity_as(self, username: str, groups: frozenset[str], groups_known: bool = True) -> Identity:
        """The identity under this Hub username and with these Hub groups.

        Not `groups_known`: the model does not say which groups the user has. Then what `identity` says counts.
        """
        facts: Mapping[str, Any] = self._facts[1] if self._facts is not None and self.has_facts(username) else {}
        known = self.identity if self.identity is not None else Identity(username=username)
        unknown = "" if groups_known else known.groups_unknown
        return replace(known, username=username, groups=groups, groups_unknown=unknown, facts=facts)

    def decision(self, rules: HasRules, username: str, auth_model: Mapping[str, Any] | None) -> Decision:
        """The decision about the user with this name and the groups in the model.

        It is taken again only when the name, the groups or the facts have changed.
        """
        given = (auth_model or {}).get("groups")
        counting = tuple(given or ()) if rules.manage_groups else ()
        key = (username, counting, given is not None, id(self.identity), id(self._facts))
        if self._decided is None or self._decided[0] != key:
            self.last_decided = self.identity_as(username, rules.groups_in(auth_model), groups_known=given is not None)
            self._decided = key, rules.policy().decide(self.last_decided)
        return self._decided[1]

    def evaluation(self, identity: Identity, policy: AccessPolicy) -> Evaluation:
        """What every rule says about a refused user: evaluated once, for the record and for events."""
        if self._evaluated is None or self._evaluated[0] != identity:
            self._evaluated = identity, evaluate(policy, identity)
        return self._evaluated[1]


def current_admission() -> Admission | None:
    """The admission that this code runs for; None outside of a sign-in and a refresh."""
    return _current.get()


def is_signing_in() -> bool:
    """Whether this code runs for a sign-in, and not for the refresh of a signed-in user."""
    current = _current.get()
    return current is not None and current.signing_in


def note_identity(identity: Identity, record: SessionRecord | None = None) -> None:
    """Tell the current sign-in who the user is, and the record of it that `auth_state` holds."""
    current = _current.get()
    if current is not None:
        current.identity, current.record = identity, record


@contextmanager
def admission(*, signing_in: bool, identity: Identity | None = None) -> Iterator[Admission]:
    """Make a new `Admission` the current one for the duration of the block."""
    made = Admission(signing_in, identity)
    token = _current.set(made)
    try:
        yield made
    finally:
        _current.reset(token)
