"""GitLab, below a path: with its REST API, and as an OpenID provider."""

from __future__ import annotations

from typing import Any

from tests.fakes.gitlab import FakeGitLab

from .base import CodeGrantCase, Person


class GitLabCase(CodeGrantCase):
    id = "gitlab"
    entry_point = "suite-gitlab"
    member = Person("alice")  # a member of the parent group
    outsider = Person("carol")  # a member of a project there, and of no group
    user_endpoint = "user"
    scope = ("read_api",)
    fake: FakeGitLab

    def make_fake(self) -> FakeGitLab:
        gitlab = FakeGitLab(path="/gitlab")
        gitlab.client.auth_method = "client_secret_post"
        return gitlab

    def options(self) -> dict[str, Any]:
        return {"gitlab_url": self.fake.issuer, **self.client(), "scope": list(self.scope)}

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_gitlab_groups": {"team/ops"}}

    @property
    def everything(self) -> dict[str, Any]:
        projects = {project.id for project in self.fake.projects.values()}
        return {**super().everything, "allowed_project_ids": projects}

    @property
    def revoke_page(self) -> str:
        return f"{self.fake.issuer}/-/user_settings/applications"

    def leave(self) -> None:
        for group in self.fake.groups.values():
            group.members.pop(self.fake.users[self.member.key].id, None)

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key].name = "Another Name"
        return "name", "Another Name"

    def recycle(self) -> bool:
        self.fake.world.rename_user(self.member.key, f"{self.member.key}-as-was")
        self.fake.world.add_user(self.member.key)
        return True


class GitLabOpenIDCase(GitLabCase):
    id = "gitlab-openid"
    user_endpoint = "userinfo"
    scope = ("openid", "profile", "email", "read_api")
