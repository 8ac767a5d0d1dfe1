"""Keycloak, with roles of the realm."""

from __future__ import annotations

from typing import Any

from tests.fakes.keycloak import REALM, FakeKeycloak

from .base import CodeGrantCase, Person


class KeycloakCase(CodeGrantCase):
    id = "keycloak"
    entry_point = "suite-keycloak"
    member = Person("alice")
    outsider = Person("carol")
    fake: FakeKeycloak

    def make_fake(self) -> FakeKeycloak:
        keycloak = FakeKeycloak()
        keycloak.access_token_lifetime = 1  # roles change with the access token
        return keycloak

    def options(self) -> dict[str, Any]:
        return {"keycloak_url": self.fake.origin, "keycloak_realm": REALM, **self.client()}

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_realm_roles": {"teacher"}}

    @property
    def revoke_page(self) -> str:
        return f"{self.fake.issuer}/account/applications"

    def leave(self) -> None:
        self.fake.users[self.member.key]["realm_roles"] = []

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["name"] = "Another Name"
        return "name", "Another Name"

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["sub"] = "another subject"
        return True
