"""Any OpenID provider."""

from __future__ import annotations

from typing import Any

from tests.fakes.openid_provider import FakeProvider
from tests.fakes.traffic import Traffic

from .base import CodeGrantCase, Person


class MeasuredProvider(Traffic, FakeProvider):
    """The strict OpenID provider, with its requests measured."""


class GenericCase(CodeGrantCase):
    id = "generic"
    entry_point = "suite-generic"
    member = Person("alice")
    outsider = Person("carol")

    def make_fake(self) -> FakeProvider:
        return MeasuredProvider()

    def options(self) -> dict[str, Any]:
        return {
            "issuer": self.fake.issuer,
            **self.client(),
            "client_auth_method": self.fake.client.auth_method,
            "scope": ["openid", "profile", "email", "groups"],
            "manage_groups": True,
        }

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_groups": {"staff"}}

    def leave(self) -> None:
        self.fake.users[self.member.key]["groups"] = []

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["name"] = "Another Name"
        return "name", "Another Name"

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["sub"] = "a new subject"
        return True
