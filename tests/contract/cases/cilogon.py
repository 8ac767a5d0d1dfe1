"""CILogon."""

from __future__ import annotations

from typing import Any

from tests.fakes.cilogon import CAMPUS, GOOGLE, FakeCILogon

from .base import CodeGrantCase, Person


class CILogonCase(CodeGrantCase):
    id = "cilogon"
    entry_point = "suite-cilogon"
    member = Person("alice", "alice@campus.example")
    outsider = Person("carol", "carol@gmail.example")
    fake: FakeCILogon

    def make_fake(self) -> FakeCILogon:
        return FakeCILogon()

    def options(self) -> dict[str, Any]:
        by_email = {"username_derivation": {"username_claim": "email"}}
        return {
            "issuer": self.fake.issuer,
            "authorize_url": f"{self.fake.issuer}/authorize",
            "token_url": f"{self.fake.issuer}/oauth2/token",
            "userdata_url": f"{self.fake.issuer}/oauth2/userinfo",
            "idps": {CAMPUS: by_email, GOOGLE: by_email},
            **self.client(),
        }

    @property
    def own_rule(self) -> dict[str, Any]:
        by_email = {"username_derivation": {"username_claim": "email"}}
        return {"idps": {CAMPUS: {**by_email, "allowed_domains": ["campus.example"]}, GOOGLE: by_email}}

    def leave(self) -> None:
        self.fake.users[self.member.key]["idp"] = GOOGLE

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["name"] = "Another Name"
        return "name", "Another Name"

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["sub"] = "http://cilogon.org/serverA/users/4711"
        return True
