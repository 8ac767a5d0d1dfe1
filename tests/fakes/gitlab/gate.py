"""What every request of the REST API must get right before it is answered: token, scope, limit, parameters; and pages.

From "REST API authentication", "REST API" (pagination, namespaced paths) and "Status codes" of docs.gitlab.com.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.openid_provider import rules
from tests.fakes.openid_provider.records import Call, Grant, Reply
from tests.fakes.openid_provider.rules import Refused
from tests.fakes.openid_provider.wire import Handler
from tests.fakes.paging import cut, link_header
from tests.fakes.paths import captured

from .limits import too_many
from .world import User

TRUE, FALSE = ("true", "True", "1"), ("false", "False", "0")
PAGES = ("page", "per_page")
DENIED = {
    "blocked": "Your account has been blocked.",
    "deactivated": "Your account has been deactivated by your administrator.",
}


class ApiRefused(Refused):
    """A request that the REST API answers with these JSON members."""

    def __init__(self, status: int, **members: str) -> None:
        super().__init__("refused", str(members), status=status)
        self.members = members


@dataclass
class Question:
    """A request of the REST API that has passed the gate. `user` is None when no user has signed in."""

    call: Call
    user: User | None
    path: dict[str, str]
    query: dict[str, str]

    @property
    def asker(self) -> User:
        """Of an endpoint that not anybody may ask."""
        assert self.user is not None
        return self.user

    def number(self, name: str, default: int | None = None, *, allowed: Sequence[int] = ()) -> int | None:
        text = self.query.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise ApiRefused(400, error=f"{name} is invalid")
        if allowed and int(text) not in allowed:
            raise ApiRefused(400, error=f"{name} does not have a valid value")
        return int(text)

    def flag(self, name: str) -> bool:
        text = self.query.get(name, "false")
        if text not in (*TRUE, *FALSE):
            raise ApiRefused(400, error=f"{name} is invalid")
        return text in TRUE


Answer = Callable[[Question], Reply]


@dataclass(frozen=True)
class Needs:
    """Scopes of which the token must have one; the names of the parameters that there are; whether anybody may ask."""

    scopes: Sequence[str] = ("api", "read_api")
    parameters: Sequence[str] = ()
    anybody: bool = False


class Gate:
    """The part of `FakeGitLab` that stands before the REST API."""

    clock: Callable[[], float]
    path: str
    issuer: str
    refusals: list[str]
    secrets: set[str]
    requests_left: int | None
    count_limit: int
    _access_tokens: dict[str, Grant]
    _user_of: Callable[[Grant], User | None]

    def _gate(self, path: str, answer: Answer, needs: Needs) -> Handler:
        template = self.path + path

        async def passed(call: Call) -> Reply:
            if self.requests_left is not None:
                if self.requests_left <= 0:
                    self.refusals.append(f"{call.endpoint}: 429")
                    return too_many(self.clock() + 60)
                self.requests_left -= 1
            try:
                user = self._user_asking(call, needs)
                query = self._query(call, needs)
                return answer(Question(call, user, captured(template, call.raw_path), query))
            except ApiRefused as refusal:
                self.refusals.append(f"{call.endpoint}: {refusal.status} {refusal.why}")
                return Reply(refusal.status, refusal.members)

        return passed

    def _user_asking(self, call: Call, needs: Needs) -> User | None:
        if call.method != "GET":
            raise ApiRefused(405, error="405 Not Allowed")
        if "authorization" not in call.headers:
            if needs.anybody:
                return None
            raise ApiRefused(401, message="401 Unauthorized")
        scheme, _, token = call.headers["authorization"].partition(" ")
        grant = self._access_tokens.get(token)
        if scheme.lower() != "bearer" or (grant is None and token not in self.secrets):
            raise ApiRefused(401, message="401 Unauthorized")
        if grant is None:
            why = "Token was revoked. You have to re-authorize from the user."
            raise ApiRefused(401, error="invalid_token", error_description=why)
        if grant.expires_at < self.clock():
            why = "Token is expired. You can either do re-authorization or token refresh."
            raise ApiRefused(401, error="invalid_token", error_description=why)
        if not set(needs.scopes) & set(grant.scope):
            why = "The request requires higher privileges than provided by the access token."
            scope = " ".join(needs.scopes)
            raise ApiRefused(403, error="insufficient_scope", error_description=why, scope=scope)
        user = self._user_of(grant)
        if user is None:
            raise ApiRefused(401, message="401 Unauthorized")
        if user.state != "active":
            raise ApiRefused(403, message=f"403 Forbidden - {DENIED[user.state]}")
        return user

    def _query(self, call: Call, needs: Needs) -> dict[str, str]:
        """GitLab ignores parameters that it does not know; a client that sends one has most likely misspelt it."""
        try:
            query = call.fields = rules.decode_fields(call.query, "the request")
        except Refused as refusal:
            raise ApiRefused(400, error=refusal.why) from refusal
        strange = sorted(set(query) - set(needs.parameters))
        if strange:
            raise ApiRefused(400, error=f"there are no parameters {strange}")
        return query

    def _page(self, question: Question, items: Sequence[Any]) -> Reply:
        """20 a page unless asked, 100 at most. The length of very long lists is not counted."""
        number, size = question.number("page", 1) or 1, question.number("per_page", 20)
        if not size:
            raise ApiRefused(400, error="per_page has a value not allowed")
        page = cut(items, number, min(size, 100))
        pages = page.neighbours()
        headers = {
            "Content-Type": "application/json",
            "X-Page": str(number),
            "X-Per-Page": str(page.size),
            "X-Next-Page": str(pages.get("next", "")),
            "X-Prev-Page": str(pages.get("prev", "")),
        }
        if page.total <= self.count_limit:
            headers |= {"X-Total": str(page.total), "X-Total-Pages": str(page.last)}
        else:
            del pages["last"]
        fields = {**question.query, "per_page": str(page.size)}
        url = self.issuer.partition("://")[0] + "://" + question.call.headers["host"] + question.call.raw_path
        return Reply(json=list(page.items), headers={**headers, "Link": link_header(url, fields, pages)})
