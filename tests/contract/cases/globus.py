"""Globus."""

from __future__ import annotations

from typing import Any

from tests.fakes.globus import LAB, FakeGlobus

from .base import CodeGrantCase, Person


class GlobusCase(CodeGrantCase):
    id = "globus"
    entry_point = "suite-globus"
    member = Person("alice", "alice@campus.example")
    outsider = Person("carol", "carol@college.example")
    auth_state_keys = CodeGrantCase.auth_state_keys | {"client_id", "tokens", "globus_groups"}
    fake: FakeGlobus

    def make_fake(self) -> FakeGlobus:
        return FakeGlobus()

    def options(self) -> dict[str, Any]:
        oauth2 = f"{self.fake.origin}/v2/oauth2"
        return {
            "issuer": self.fake.issuer,
            "authorize_url": f"{oauth2}/authorize",
            "token_url": f"{oauth2}/token",
            "userdata_url": f"{oauth2}/userinfo",
            "revocation_url": f"{oauth2}/token/revoke",
            "globus_groups_url": f"{self.fake.origin}/v2/groups/my_groups",
            **self.client(),
        }

    def config(self, hub_url: str, cls: type | None = None, **traits: Any) -> Any:
        config = super().config(hub_url, cls, **traits)
        scope = ["openid", "profile", *(scope for scope in self.fake.client.scopes if scope.startswith("urn:"))]
        section = config[(cls or self.cls).__name__]
        section.setdefault("scope", scope)  # tests add rules to a running Hub, after the default was made
        return config

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_globus_groups": {LAB}}

    @property
    def revoke_page(self) -> str:
        return "https://auth.globus.org/v2/web/consents"

    def leave(self) -> None:
        self.fake.groups[LAB][self.member.key] = "removed"

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["name"] = "Another Name"
        return "name", "Another Name"

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["sub"] = "c8aad43e-0000-0000-0000-000000000000"
        return True
