"""GitHub."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import FakeGitHub

from .base import CodeGrantCase, Person


class GitHubCase(CodeGrantCase):
    id = "github"
    entry_point = "suite-github"
    member = Person("alice")
    outsider = Person("carol")  # invited, and has not accepted
    user_endpoint = "user"
    keys_of_everything = frozenset({"emails", "teams"})
    fake: FakeGitHub

    def make_fake(self) -> FakeGitHub:
        return FakeGitHub()

    def options(self) -> dict[str, Any]:
        return {"github_url": self.fake.issuer, **self.client(), "scope": ["read:org", "user:email"]}

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_organizations": {"lab"}}

    @property
    def everything(self) -> dict[str, Any]:
        organizations = {"lab", "lab:ops", "students:first-year"}
        return {
            **super().everything,
            "allowed_organizations": organizations,
            "populate_teams_in_auth_state": True,
        }

    @property
    def revoke_page(self) -> str:
        return f"{self.fake.issuer}/settings/connections/applications/{self.fake.client.client_id}"

    def leave(self) -> None:
        lab = self.fake.orgs["lab"]
        for inside in (lab, *lab.teams.values()):
            inside.members.pop(self.fake.users[self.member.key].id, None)

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key].name = "Another Name"
        return "name", "Another Name"

    def recycle(self) -> bool:
        self.fake.world.rename_user(self.member.key, f"{self.member.key}-as-was")
        self.fake.world.add_user(self.member.key)
        return True
