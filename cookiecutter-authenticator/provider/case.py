"""<< title >>."""

from __future__ import annotations

from typing import Any

from tests.fakes.<< module >> import << fake >>

from .base import CodeGrantCase, Person


class << short >>Case(CodeGrantCase):
    id = "<< name >>"
    entry_point = "suite-<< name >>"
    member = Person("alice")
    outsider = Person("carol")
<%- if not openid %>
    user_endpoint = "user"
<%- endif %>
    fake: << fake >>

    def make_fake(self) -> << fake >>:
        return << fake >>()

    def options(self) -> dict[str, Any]:
<%- if openid %>
        return {
            "<< module >>_url": self.fake.issuer,
            **self.client(),
            "client_auth_method": self.fake.client.auth_method,
            "manage_groups": True,
        }
<%- else %>
        return {"<< module >>_url": self.fake.origin, **self.client()}
<%- endif %>

    @property
    def own_rule(self) -> dict[str, Any]:
<%- if openid %>
        return {"allowed_groups": {"staff"}}
<%- else %>
        return {"allowed_<< module >>_groups": {"lab"}}

    @property
    def revoke_page(self) -> str:
        return f"{self.fake.origin}/settings/applications"
<%- endif %>

    def leave(self) -> None:
<%- if openid %>
        self.fake.users[self.member.key]["groups"] = []
<%- else %>
        self.fake.groups["lab"].discard(self.member.key)
<%- endif %>

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key]["name"] = "Another Name"
        return "name", "Another Name"

    def recycle(self) -> bool:
<%- if openid %>
        self.fake.users[self.member.key]["sub"] = "another subject"
<%- else %>
        self.fake.users[self.member.key]["id"] = 4711
<%- endif %>
        return True
