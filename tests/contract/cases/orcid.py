"""ORCID, with the groups in a table of the operator's own: ORCID has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fakes.orcid import BOB, CAROL, FakeORCID

from .base import CodeGrantCase, Person


class ORCIDCase(CodeGrantCase):
    id = "orcid"
    entry_point = "suite-orcid"
    member = Person("bob", BOB)
    outsider = Person("carol", CAROL)
    keys_of_everything = frozenset()
    fake: FakeORCID

    def __init__(self) -> None:
        super().__init__()
        self.members = {BOB: ["staff"]}

    def make_fake(self) -> FakeORCID:
        return FakeORCID()

    def options(self) -> dict[str, Any]:
        members = self.members

        def groups_of(auth_state: Mapping[str, Any]) -> list[str]:
            return members.get(auth_state["orcid_user"]["sub"], [])

        return {
            "orcid_url": self.fake.origin,
            **self.client(),
            "manage_groups": True,
            "auth_state_groups_key": groups_of,
        }

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_groups": {"staff"}}

    @property
    def everything(self) -> dict[str, Any]:
        return self.own_rule

    @property
    def revoke_page(self) -> str:
        return f"{self.fake.origin}/trusted-parties"

    def leave(self) -> None:
        self.members.clear()

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["name"] = "Another Name"
        return "name", "Another Name"

    def recycle(self) -> bool:
        return False
