"""Bitbucket Cloud."""

from __future__ import annotations

from typing import Any

from tests.fakes.bitbucket import FakeBitbucket

from .base import CodeGrantCase, Person


class BitbucketCase(CodeGrantCase):
    id = "bitbucket"
    entry_point = "suite-bitbucket"
    member = Person("alice")
    outsider = Person("carol")
    user_endpoint = "user"
    keys_of_everything = CodeGrantCase.keys_of_everything | {"user_teams"}
    fake: FakeBitbucket

    def make_fake(self) -> FakeBitbucket:
        return FakeBitbucket()

    def options(self) -> dict[str, Any]:
        return {
            "authorize_url": f"{self.fake.origin}/site/oauth2/authorize",
            "token_url": f"{self.fake.origin}/site/oauth2/access_token",
            "userdata_url": f"{self.fake.origin}/2.0/user",
            **self.client(),
        }

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_teams": {"lab"}}

    @property
    def everything(self) -> dict[str, Any]:
        """A Hub that names workspaces of a public provider does not start with `allow_all`."""
        return {**super().everything, "allow_all": False, "allowed_users": {self.outsider.name}}

    @property
    def revoke_page(self) -> str:
        return "https://bitbucket.org/account/settings/app-authorizations/"

    def leave(self) -> None:
        self.fake.workspaces["lab"].discard(self.member.key)

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["display_name"] = "Another Name"
        return "display_name", "Another Name"

    def recycle(self) -> bool:
        self.fake.users[self.member.key]["uuid"] = "{22222222-0000-0000-0000-000000000000}"
        return True
