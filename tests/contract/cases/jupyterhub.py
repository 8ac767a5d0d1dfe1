"""Another JupyterHub."""

from __future__ import annotations

from typing import Any

from tests.fakes.upstream_hub import FakeHub

from .base import CodeGrantCase, Person


class JupyterHubCase(CodeGrantCase):
    id = "jupyterhub"
    entry_point = "suite-jupyterhub"
    member = Person("alice")
    outsider = Person("carol")
    fake: FakeHub

    def make_fake(self) -> FakeHub:
        return FakeHub()

    def options(self) -> dict[str, Any]:
        return {"hub_url": self.fake.origin, **self.client(), "manage_groups": True}

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_groups": {"staff"}}

    @property
    def revoke_page(self) -> str:
        return f"{self.fake.hub_url}/token"

    def leave(self) -> None:
        self.fake.users[self.member.key]["groups"] = []

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["groups"] = ["staff", "news"]
        return "groups", ["staff", "news"]

    def recycle(self) -> bool:
        return False
