"""The options on access, and what they mean: a second opinion that is written down here, not taken from the code.

docs/reference/policy.md and the help texts of the options say: every restriction must hold; a
blocked user is refused; then an administrator is allowed; then a user that at least one option allows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

PEOPLE: dict[str, tuple[set[str], bool]] = {
    # name: (groups at the provider, e-mail verified there)
    "alice": ({"staff", "hub-admins"}, True),
    "bob": ({"students"}, True),
    "carol": (set(), False),
}
GRANTED = {"openid", "profile", "email", "groups"}
"""The scopes that the provider grants."""


@dataclass
class Setting:
    """Values of the options on access, by their names."""

    allow_all: bool
    allowed_users: set[str]
    allowed_groups: set[str]
    allowed_scopes: list[str]
    allow_existing_users: bool
    admin_users: set[str]
    admin_groups: set[str]
    blocked_users: set[str]
    require_verified_email: bool
    existing: set[str] = field(default_factory=set)

    def apply(self, hub: Any) -> None:
        """Set the options on a running Hub, as they would be after its start."""
        authenticator = hub.authenticator
        for name in self.__dataclass_fields__.keys() - {"existing"}:
            value = getattr(self, name)
            setattr(authenticator, name, type(value)(value))
        self.existing = set(hub.accounts())
        for name in self.existing:  # as the Hub does when it starts
            authenticator.add_user(hub.app.users[name])

    def opinion(self, name: str) -> tuple[bool, bool | None]:
        """Whether the user is allowed, and whether the user is an administrator (None where the options do not say it)."""
        groups, verified = PEOPLE[name]
        if (self.require_verified_email and not verified) or name in self.blocked_users:
            return False, None
        if name in self.admin_users or groups & self.admin_groups:
            return True, True
        admin = False if self.admin_groups else None
        known = self.allow_existing_users and not self.allow_all and name in self.existing
        ways_in = (
            self.allow_all,
            name in self.allowed_users,
            groups & self.allowed_groups,
            self.allowed_scopes and GRANTED.issuperset(self.allowed_scopes),
            known,
        )
        return any(ways_in), admin


def some(*items: str) -> st.SearchStrategy[set[str]]:
    """Any subset."""
    return st.sets(st.sampled_from(items))


rarely = st.sampled_from([False, False, True])
settings_of_access = st.builds(
    Setting,
    allow_all=rarely,
    allowed_users=some(*PEOPLE),
    allowed_groups=some("staff", "students", "nobody"),
    allowed_scopes=st.sampled_from([[], [], ["email"], ["email", "groups"], ["email", "admin"]]),
    allow_existing_users=rarely,
    admin_users=some("alice", "carol"),
    admin_groups=some("hub-admins", "students"),
    blocked_users=some(*PEOPLE),
    require_verified_email=rarely,
)
"""Configurations of access."""
