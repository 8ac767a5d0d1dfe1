"""Okta, with groups from the organization's own authorization server, and from a custom one."""

from __future__ import annotations

from typing import Any

from tests.fakes.okta import FakeOkta

from .base import CodeGrantCase, Person


class OktaCase(CodeGrantCase):
    id = "okta"
    entry_point = "suite-okta"
    member = Person("alice", "alice@example.org")
    outsider = Person("bob", "bob@example.org")
    fake: FakeOkta

    def make_fake(self) -> FakeOkta:
        return FakeOkta()

    def options(self) -> dict[str, Any]:
        return {
            "okta_domain": self.fake.origin,
            "authorization_server": self.fake.custom,
            "manage_groups": True,
            **self.client(),
        }

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_groups": {"staff"}}

    @property
    def lasting(self) -> dict[str, Any]:
        groups = [] if self.fake.custom else ["groups"]
        return {**super().lasting, "scope": ["openid", "profile", "email", *groups, "offline_access"]}

    def leave(self) -> None:
        self.fake.users[self.member.key]["groups"] = []

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["name"] = "Another Name"
        return "name", "Another Name"

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["sub"] = "00u9another"
        return True


class OktaCustomServerCase(OktaCase):
    id = "okta-custom-server"

    def make_fake(self) -> FakeOkta:
        okta = FakeOkta("default")
        okta.groups_in = {"id_token"}
        okta.access_token_lifetime = 1  # groups in the ID token change with the access token
        return okta
