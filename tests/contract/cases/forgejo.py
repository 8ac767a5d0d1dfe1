"""Forgejo."""

from __future__ import annotations

from typing import Any

from tests.fakes.forgejo import FakeForgejo

from .base import CodeGrantCase, Person


class ForgejoCase(CodeGrantCase):
    id = "forgejo"
    entry_point = "suite-forgejo"
    member = Person("alice")
    outsider = Person("carol")
    user_endpoint = "user"
    fake: FakeForgejo

    def make_fake(self) -> FakeForgejo:
        return FakeForgejo()

    def options(self) -> dict[str, Any]:
        return {"forgejo_url": self.fake.origin, **self.client()}

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_organizations": {"lab"}}

    @property
    def revoke_page(self) -> str:
        return f"{self.fake.origin}/user/settings/applications"

    def leave(self) -> None:
        self.fake.orgs["lab"].discard(self.member.key)

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["full_name"] = "Another Name"
        return "full_name", "Another Name"

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["id"] = 4711
        return True
