"""What every request of the REST API must get right before it is answered: form, token, limits, scopes."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openid_provider import rules
from tests.fakes.openid_provider.records import Call, Grant, Reply
from tests.fakes.openid_provider.rules import Refused, Registration
from tests.fakes.openid_provider.wire import Handler
from tests.fakes.paging import cut, link_header
from tests.fakes.paths import captured

from .limits import PRIMARY, SECONDARY, limit_headers, message
from .oauth import SCOPES
from .views import Views
from .world import Organization, User

ORG_SCOPES = ("admin:org", "read:org", "write:org")
NO_SCOPE = "This token has none of the scopes that this needs."
NO_INTEGRATION = "Resource not accessible by integration"
NO_USER_AGENT = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
API_VERSIONS = ("2022-11-28", "2026-03-10")


class ApiRefused(Refused):
    """A request that the REST API answers with a message."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__("refused", text, status=status)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Question:
    """A request of the REST API that has passed the gate: who asks, with what token, for what."""

    call: Call
    grant: Grant
    user: User
    path: dict[str, str]
    query: dict[str, str]
    hidden: list[Organization] = field(default_factory=list)  # left out of a list because of single sign-on

    def may(self, *scopes: str) -> bool:
        """Whether the token has one of these scopes, or one that includes it."""
        return any(scope == had or scope in SCOPES[had] for had in self.grant.scope for scope in scopes)


@dataclass(frozen=True)
class Needs:
    """What a token must have: one of `scopes` an OAuth App's, `permission` a GitHub App's. `without`: the refusal."""

    scopes: Sequence[str] = ()
    permission: str = ""
    without: int = 403


Answer = Callable[[Question], Reply]


class Gate:
    """The part of `FakeGitHub` that stands before the REST API."""

    views: Views
    clock: Callable[[], float]
    refusals: list[str]
    github_app: bool
    permissions: set[str]
    requests_left: int
    rate_limit_status: int
    limit_resets_in: float
    most_concurrent: int
    under_way: int
    clients: dict[str, Registration]
    _access_tokens: dict[str, Grant]
    _user_of: Callable[[Grant], User | None]

    def _gate(self, path: str, answer: Answer, needs: Needs) -> Handler:
        async def passed(call: Call) -> Reply:
            headers = {
                "Content-Type": "application/json; charset=utf-8",
                "X-GitHub-Media-Type": "github.v3; format=json",
            }
            try:
                self._check_request(call)
                question = self._question(call, captured(path, call.raw_path))
                headers |= self._token_headers(question.grant, needs)
                self._check_limits()
                self._check_rights(question, needs)
                reply = answer(question)
                if question.hidden:
                    ids = ",".join(str(org.id) for org in question.hidden)
                    headers["X-GitHub-SSO"] = f"partial-results; organizations={ids}"
            except ApiRefused as refusal:
                self.refusals.append(f"{call.endpoint}: {refusal.status} {refusal.why}")
                reply = Reply(refusal.status, message(refusal.why, refusal.status), headers=refusal.headers)
            reset = self.clock() + self.limit_resets_in
            reply.headers = {**headers, **limit_headers(max(0, self.requests_left), reset), **reply.headers}
            return reply

        return passed

    def _check_request(self, call: Call) -> None:
        if not call.headers.get("user-agent"):
            raise ApiRefused(403, NO_USER_AGENT)
        if call.method != "GET":
            raise ApiRefused(404, "Not Found")
        kinds = [entry.partition(";")[0].strip() for entry in call.headers.get("accept", "*/*").split(",")]
        if not any(re.fullmatch(r"\*/\*|application/(\*|json|vnd\.github(\.[\w-]+)*\+json)", kind) for kind in kinds):
            raise ApiRefused(415, "Unsupported 'Accept' header. Must accept 'application/json'.")
        if call.headers.get("x-github-api-version", API_VERSIONS[0]) not in API_VERSIONS:
            raise ApiRefused(400, "This API version is not supported.")

    def _question(self, call: Call, path: dict[str, str]) -> Question:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if not token:
            raise ApiRefused(401, "Requires authentication")
        grant = self._access_tokens.get(token)
        user = None if grant is None else self._user_of(grant)
        if scheme.lower() not in ("bearer", "token") or grant is None or user is None:
            raise ApiRefused(401, "Bad credentials")
        if grant.expires_at < self.clock():
            raise ApiRefused(401, "Bad credentials")
        try:
            query = call.fields = rules.decode_fields(call.query, "the request")
        except Refused as refusal:
            raise ApiRefused(400, refusal.why) from refusal
        if {"access_token", "client_secret"} & set(query):
            raise ApiRefused(400, "Must specify access token via Authorization header.")
        return Question(call, grant, user, path, query)

    async def _check_token(self, call: Call) -> Reply:
        """Check a token: the application authenticates by its own credentials. An unknown token is not found."""
        status, why = self._checked_token(call)
        headers = limit_headers(max(0, self.requests_left), self.clock() + self.limit_resets_in)
        return Reply(status, message(why, status), headers={"Content-Type": "application/json", **headers})

    def _checked_token(self, call: Call) -> tuple[int, str]:
        scheme, _, credentials = call.headers.get("authorization", "").partition(" ")
        client_id, _, secret = b64decode(credentials).decode().partition(":")
        client = self.clients.get(client_id)
        named = captured("/api/v3/applications/{client_id}/token", call.raw_path)["client_id"]
        if call.method != "POST" or scheme != "Basic" or client is None or client_id != named:
            return 404, "Not Found"
        if secret != client.client_secret:
            return 401, "Bad credentials"
        if not isinstance(json.loads(call.body).get("access_token"), str):
            return 422, "Validation Failed"
        return 404, "Not Found"

    def _token_headers(self, grant: Grant, needs: Needs) -> dict[str, str]:
        if self.github_app:
            return {"X-Accepted-GitHub-Permissions": f"{needs.permission}=read"} if needs.permission else {}
        return {"X-OAuth-Scopes": ", ".join(grant.scope), "X-Accepted-OAuth-Scopes": ", ".join(sorted(needs.scopes))}

    def _check_limits(self) -> None:
        if self.under_way > self.most_concurrent:
            raise ApiRefused(403, SECONDARY, Retry_After="60")
        if self.requests_left <= 0:
            raise ApiRefused(self.rate_limit_status, PRIMARY)
        self.requests_left -= 1

    def _check_rights(self, question: Question, needs: Needs) -> None:
        if self.github_app:
            if needs.permission and needs.permission not in self.permissions:
                raise ApiRefused(403, NO_INTEGRATION)
        elif needs.scopes and not question.may(*needs.scopes):
            raise ApiRefused(needs.without, "Not Found" if needs.without == 404 else NO_SCOPE)

    def _page(self, question: Question, items: Sequence[Any]) -> Reply:
        """30 a page unless asked, 100 at most; numbers that make no sense are taken for none."""
        number, size = (_number(question.query.get(name, "")) for name in ("page", "per_page"))
        page = cut(items, max(1, number), min(size or 30, 100))
        headers = {}
        if page.last > 1:
            pages = page.neighbours()
            if "next" not in pages:
                del pages["last"]
            if "prev" not in pages:
                del pages["first"]
            headers["Link"] = link_header(self.views.html + question.call.path, question.query, pages)
        return Reply(json=list(page.items), headers=headers)


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0
