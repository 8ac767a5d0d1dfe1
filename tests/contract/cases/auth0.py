"""Auth0, with the groups in a claim of the tenant's own."""

from __future__ import annotations

from typing import Any

from tests.fakes.auth0 import FakeAuth0

from .base import CodeGrantCase, Person

ROLES = "https://hub.example.org/roles"


class Auth0Case(CodeGrantCase):
    id = "auth0"
    entry_point = "suite-auth0"
    member = Person("alice", "alice@example.org")
    outsider = Person("bob", "bob@example.org")
    fake: FakeAuth0

    def make_fake(self) -> FakeAuth0:
        return FakeAuth0()

    def options(self) -> dict[str, Any]:
        origin = self.fake.origin
        return {
            "issuer": self.fake.issuer,
            "authorize_url": f"{origin}/authorize",
            "token_url": f"{origin}/oauth/token",
            "userdata_url": f"{origin}/userinfo",
            "logout_redirect_url": "",
            "manage_groups": True,
            "auth_state_groups_key": f"auth0_user.{ROLES}",
            **self.client(),
        }

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_groups": {"staff"}}

    @property
    def lasting(self) -> dict[str, Any]:
        return {**super().lasting, "scope": ["openid", "profile", "email", "offline_access"]}

    def leave(self) -> None:
        self.fake.users[self.member.key][ROLES] = []

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["name"] = "Another Name"
        return "name", "Another Name"

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["sub"] = "auth0|another"
        return True
