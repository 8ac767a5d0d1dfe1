"""The groups of a Workspace domain: `groups.list` and `members.hasMember` of the Directory API."""

from __future__ import annotations

import asyncio
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from tests.fakes.openid_provider import Call, Reply, rules

from .errors import ApiError
from .people import ADMINISTRATOR, DOMAIN, default_members
from .service_accounts import GROUPS_SCOPE, ServiceToken

LARGEST_PAGE = 200
# Query parameters that every method of a Google API takes.
COMMON = {"alt", "fields", "key", "prettyPrint", "quotaUser"}
MEMBER_SCOPES = {
    GROUPS_SCOPE,
    "https://www.googleapis.com/auth/admin.directory.group",
    "https://www.googleapis.com/auth/admin.directory.group.member.readonly",
}

Handler = Callable[[Call], Awaitable[Reply]]


class Directory:
    """One domain's groups: `members` has each group's direct members. Change it at any time."""

    def __init__(self) -> None:
        self.domain = DOMAIN
        self.administrators = {ADMINISTRATOR}
        self.members = default_members()
        self.errors: list[ApiError] = []  # the next requests get these, one each
        self._open = asyncio.Event()
        self._open.set()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Requests are not answered before this ends. `until_asked("groups", n)` tells when n of them have come."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    async def turn(self) -> None:
        """Wait while requests are held; then whatever error is next."""
        await self._open.wait()
        if self.errors:
            raise self.errors.pop(0)

    def groups_of(self, member: str) -> list[str]:
        return sorted(group for group, members in self.members.items() if member in members)

    def everything_above(self, member: str) -> set[str]:
        """All groups that `member` is in, directly or through other groups."""
        found: set[str] = set()
        waiting = [member]
        while waiting:
            new = set(self.groups_of(waiting.pop())) - found
            found |= new
            waiting += new
        return found

    def resource(self, group: str) -> dict[str, Any]:
        """A group as the API describes it; the count is text, as every int64 in Google's JSON."""
        name = group.partition("@")[0]
        return {
            "kind": "admin#directory#group",
            "id": group_id(group),
            "etag": f'"{sha256(group.encode()).hexdigest()[:20]}"',
            "email": group,
            "name": name.title(),
            "directMembersCount": str(len(self.members[group])),
            "description": "",
            "adminCreated": True,
            "nonEditableAliases": [f"{group}.test-google-a.com"],
        }


def group_id(group: str) -> str:
    return f"0{sha256(group.encode()).hexdigest()[:14]}"


class DirectoryApi:
    """The part of `FakeGoogle` that answers below ``/admin/directory/v1``."""

    users: dict[str, dict[str, Any]]
    refusals: list[str]
    directory: Directory
    clock: Callable[[], float]
    _access_tokens: dict[str, Any]
    _service_tokens: dict[str, ServiceToken]

    def _api(self, handler: Handler) -> Handler:
        """`handler`, with Google's form of refusals."""

        async def answer(call: Call) -> Reply:
            try:
                call.fields = rules.decode_fields(call.query, "the query")
                await self.directory.turn()
                return await handler(call)
            except ApiError as refusal:
                self.refusals.append(f"{call.endpoint}: {refusal}")
                return refusal.reply()

        return answer

    async def _groups(self, call: Call) -> Reply:
        """groups.list: of a user, or of a group (then those that it is a member of itself)."""
        self._judge(call, {GROUPS_SCOPE, "https://www.googleapis.com/auth/admin.directory.group"})
        fields = call.fields
        stray = sorted(set(fields) - COMMON - {"userKey", "domain", "customer", "maxResults", "pageToken"})
        if stray:
            raise ApiError.invalid(f"Unknown parameters: {stray}")
        scopes_of_search = [name for name in ("userKey", "domain", "customer") if fields.get(name)]
        if not scopes_of_search or {"userKey", "customer"} <= set(scopes_of_search):
            raise ApiError(400, "badRequest", "Bad Request: userKey, domain or customer")
        most = self._page_size(fields.get("maxResults", str(LARGEST_PAGE)))
        if "userKey" in scopes_of_search:
            found = self.directory.groups_of(self._key(fields["userKey"], "userKey"))
        elif fields.get("domain", self.directory.domain) == self.directory.domain:
            found = sorted(self.directory.members)
        else:
            raise ApiError.not_found("domain")
        after = self._page_start(fields.get("pageToken", ""))
        rest = [group for group in found if group > after]
        page = rest[:most]
        answer: dict[str, Any] = {"kind": "admin#directory#groups", "etag": '"of-this-page"'}
        if page:  # where there is nothing to list, there is no list
            answer["groups"] = [self.directory.resource(group) for group in page]
        if len(rest) > most:
            answer["nextPageToken"] = urlsafe_b64encode(page[-1].encode()).decode()
        return Reply(json=answer)

    async def _group(self, call: Call) -> Reply:
        """groups.get: one group by its address or id."""
        self._judge(call, {GROUPS_SCOPE, "https://www.googleapis.com/auth/admin.directory.group"})
        group = self._key(unquote(call.path.rpartition("/groups/")[2]), "groupKey")
        if group not in self.directory.members:
            raise ApiError.not_found("groupKey")
        return Reply(json=self.directory.resource(group))

    async def _has_member(self, call: Call) -> Reply:
        """members.hasMember: also through other groups, as long as all is in one domain."""
        self._judge(call, MEMBER_SCOPES)
        if set(call.fields) - COMMON:
            raise ApiError.invalid(f"Unknown parameters: {sorted(set(call.fields) - COMMON)}")
        _, _, tail = call.path.partition("/groups/")
        group_key, _, member_key = (unquote(part) for part in tail.partition("/hasMember/"))
        group = self._key(group_key, "groupKey")
        if group not in self.directory.members:
            raise ApiError.not_found("groupKey")
        if "@" in member_key and member_key.rpartition("@")[2].lower() != self.directory.domain:
            raise ApiError.invalid("Invalid Input: memberKey")
        return Reply(json={"isMember": group in self.directory.everything_above(self._key(member_key, "memberKey"))})

    def _judge(self, call: Call, scopes: set[str]) -> None:
        if call.method != "GET":
            raise ApiError(405, "httpMethodNotAllowed", "this method is a GET")
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        known = self._service_tokens.get(token) or self._access_tokens.get(token)
        if scheme != "Bearer" or known is None or known.expires_at < self.clock():
            raise ApiError.not_authenticated()
        if scopes.isdisjoint(known.scope):
            raise ApiError.no_scope()
        if not isinstance(known, ServiceToken) or known.subject not in self.directory.administrators:
            raise ApiError.not_an_administrator()

    def _key(self, key: str, what: str) -> str:
        """The address of a person or a group of this domain, by address (in any case) or id."""
        of_domain = [user for user in self.users.values() if user.get("hd") == self.directory.domain]
        known = {user["email"]: user["sub"] for user in of_domain}
        known |= {group: group_id(group) for group in self.directory.members}
        for address, ident in known.items():
            if key.lower() == address.lower() or key == ident:
                return address
        raise ApiError.not_found(what)

    @staticmethod
    def _page_size(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LARGEST_PAGE:
            raise ApiError.invalid("Invalid Input: maxResults")
        return int(text)

    @staticmethod
    def _page_start(token: str) -> str:
        try:
            return b64decode(token, altchars=b"-_", validate=True).decode()
        except ValueError as error:
            raise ApiError.invalid("Invalid Input: pageToken") from error
