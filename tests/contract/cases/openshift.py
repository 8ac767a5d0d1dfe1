"""OpenShift."""

from __future__ import annotations

from typing import Any

from tests.fakes.openshift import FakeOpenShift

from .base import CodeGrantCase, Person


class OpenShiftCase(CodeGrantCase):
    id = "openshift"
    entry_point = "suite-openshift"
    member = Person("alice")
    outsider = Person("carol")
    user_endpoint = "user"
    fake: FakeOpenShift

    def make_fake(self) -> FakeOpenShift:
        return FakeOpenShift()

    def options(self) -> dict[str, Any]:
        return {"openshift_url": self.fake.origin, "manage_groups": True, **self.client()}

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_groups": {"staff"}}

    def leave(self) -> None:
        self.fake.users[self.member.key]["groups"] = None

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["fullName"] = "Another Name"
        return "fullName", "Another Name"

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["metadata"]["uid"] = "another uid"
        return True
