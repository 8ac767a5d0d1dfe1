"""Microsoft Entra ID, under both names."""

from __future__ import annotations

from typing import Any

from tests.fakes.entra import CAMPUS, FakeEntra

from .base import CodeGrantCase, Person


class EntraCase(CodeGrantCase):
    id = "entra"
    entry_point = "suite-entra"
    member = Person("alice", "alice@campus.example")
    outsider = Person("carol", "carol@campus.example")
    user_endpoint = ""
    fake: FakeEntra

    def make_fake(self) -> FakeEntra:
        entra = FakeEntra()
        entra.access_token_lifetime = 1  # so that each refresh sends the refresh token
        return entra

    def options(self) -> dict[str, Any]:
        return {
            "tenant_id": CAMPUS,
            "authority_url": self.fake.origin,
            "graph_api_url": self.fake.origin,
            "manage_groups": True,
            **self.client(),
        }

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_groups": {"staff"}}

    def need_every_look_up(self) -> None:
        """The groups are too many for the ID token, and come from Microsoft Graph."""
        self.fake.users[self.member.key]["groups"] = [*(f"group-{number}" for number in range(300)), "staff"]
        self.fake.graph_page = 999

    @property
    def revoke_page(self) -> str:
        return "https://myapps.microsoft.com"

    def leave(self) -> None:
        self.fake.users[self.member.key]["groups"] = ["a-group"]

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["email"] = "another@campus.example"
        return "email", "another@campus.example"

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["oid"] = "00000000-0000-4000-8000-0000000000ff"
        return True


class AzureAdCase(EntraCase):
    id = "azuread"
    entry_point = "suite-azuread"

    def options(self) -> dict[str, Any]:
        return {**super().options(), "username_claim": "preferred_username"}
