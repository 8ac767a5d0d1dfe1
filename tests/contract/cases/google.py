"""Google, with the groups of a Workspace domain."""

from __future__ import annotations

from typing import Any

from tests.fakes.google import FakeGoogle

from .base import CodeGrantCase, Person


class GoogleCase(CodeGrantCase):
    id = "google"
    entry_point = "suite-google"
    member = Person("alice", "alice@example.org")
    outsider = Person("bob", "bob@example.org")
    user_endpoint = ""
    fake: FakeGoogle

    def make_fake(self) -> FakeGoogle:
        google = FakeGoogle()
        google.access_token_lifetime = 1  # so that each refresh sends the refresh token
        return google

    def options(self) -> dict[str, Any]:
        return {
            "issuer": self.fake.issuer,
            **self.client(),
            "google_api_url": self.fake.api_url,
            "google_service_account_keys": {"example.org": self.fake.service_account_key()},
            "gsuite_administrator": {"example.org": "admin"},
        }

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_google_groups": {"example.org": {"physics"}}}

    @property
    def lasting(self) -> dict[str, Any]:
        return {**super().lasting, "extra_authorize_params": {"access_type": "offline", "prompt": "consent"}}

    @property
    def revoke_page(self) -> str:
        return "https://myaccount.google.com/connections"

    def leave(self) -> None:
        for members in self.fake.directory.members.values():
            members.discard(self.member.login)

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.directory.members["nobody@example.org"].add(self.member.login)
        return "google_groups", ["nobody", "physics", "staff"]

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["sub"] = "1" * 21
        return True
