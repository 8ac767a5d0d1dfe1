"""An Amazon Cognito user pool, with groups."""

from __future__ import annotations

from typing import Any

from tests.fakes.cognito import FakeCognito

from .base import CodeGrantCase, Person


class CognitoCase(CodeGrantCase):
    id = "cognito"
    entry_point = "suite-cognito"
    member = Person("alice")
    outsider = Person("bob")
    fake: FakeCognito

    def make_fake(self) -> FakeCognito:
        cognito = FakeCognito()
        cognito.access_token_lifetime = 1  # groups are in the ID token, and change with the access token
        return cognito

    def register(self, callback_url: str) -> None:
        super().register(callback_url)
        self.fake.client.post_logout_redirect_uris.add(callback_url.replace("oauth_callback", "oauth_logged_out"))

    def options(self) -> dict[str, Any]:
        return {
            "issuer": self.fake.issuer,
            "cognito_domain": self.fake.origin,
            "manage_groups": True,
            **self.client(),
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
        self.fake.users[self.member.key]["sub"] = "d1a0-another"
        return True
