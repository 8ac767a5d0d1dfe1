"""A strict Forgejo with the endpoints that a login and the rules on organizations need.

::

    async with FakeForgejo() as forgejo:
        forgejo.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        forgejo.orgs["lab"].add("carol")            # alice and bob are members already
        forgejo.users["alice"]["full_name"] = "Alice of Example"

Endpoints, by the names under which requests are counted and faults applied: ``authorize``, ``token``, ``user``
(`/user`) and ``orgs`` (`/user/orgs`).

Sources: Forgejo's documentation ("OAuth2 provider", "Access token scope", "API usage"), its API description, and the
scopes that its routes require. Three rules are often missed: the token response has no ``scope``; a grant without a scope
of the API has full access; and a user who has consented once is refused when the client later requests another scope.
"""

from __future__ import annotations

import re
from typing import Any

from .openid_provider import Call, FakeProvider, Refused, Registration, Reply, rules
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints, Handler
from .paging import cut, link_header
from .traffic import Traffic

MAX_PER_PAGE = 50
OPENID_SCOPES = {"openid", "profile", "email", "groups"}


class FakeForgejo(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {*OPENID_SCOPES, "read:user", "read:organization"}
        self.announce_iss = False
        self.users = {name: _user(number, name) for number, name in enumerate(("alice", "bob", "carol"), 41)}
        self.orgs = {"lab": {"alice", "bob"}, "students": {"carol"}}
        self._consents: dict[tuple[str, str], str] = {}

    def endpoints(self) -> Endpoints:
        api = "/api/v1"
        return {
            "/login/oauth/authorize": ("authorize", self._authorize),
            "/login/oauth/access_token": ("token", self._token),
            f"{api}/user": ("user", self._api("read:user", answer=self._get_user)),
            f"{api}/user/orgs": ("orgs", self._api("read:user", "read:organization", answer=self._list_orgs)),
        }

    def revoke_everything(self) -> None:
        super().revoke_everything()
        self._consents.clear()

    def _issue_code(self, client: Registration, user: str | None, fields: dict[str, str]) -> str:
        code = super()._issue_code(client, user, fields)
        scope = fields.get("scope", "")
        if self._consents.setdefault((client.client_id, str(user)), scope) != scope:
            raise Refused("server_error", "a grant exists with different scope")
        return code

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        reply = super()._issue_tokens(grant)
        del reply["scope"]
        return {**reply, "token_type": "bearer"}

    def _api(self, *scopes: str, answer: Any) -> Handler:
        """Refuse a request without a valid token that has all of `scopes`."""

        async def checked(call: Call) -> Reply:
            rules.check_accept(call.headers)
            call.fields = rules.decode_fields(call.query, "the request")
            scheme, _, token = call.headers.get("authorization", "").partition(" ")
            grant = self._access_tokens.get(token)
            if call.method != "GET" or scheme.lower() not in ("bearer", "token") or grant is None:
                raise Refused("token is required", "no token of this server", status=401)
            if grant.expires_at < self.clock():
                raise Refused("token is required", "the token has expired", status=401)
            granted = set(grant.scope) - OPENID_SCOPES
            if granted and not granted.issuperset(scopes):
                raise Refused("token does not have the scope", f"required: {scopes}", status=403)
            reply: Reply = answer(call, grant)
            return reply

        return checked

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        if call.endpoint not in ("user", "orgs"):
            return super()._refusal_reply(call, refusal)
        return Reply(
            refusal.status, {"message": f"{refusal.error}: {refusal.why}", "url": f"{self.origin}/api/swagger"}
        )

    def _get_user(self, call: Call, grant: Grant) -> Reply:
        return Reply(json=self.users[grant.user])

    def _list_orgs(self, call: Call, grant: Grant) -> Reply:
        """`limit` entries a page. A larger number than `MAX_PER_PAGE` means `MAX_PER_PAGE`."""
        numbers = {name: call.fields.get(name, "") for name in ("page", "limit")}
        if set(call.fields) - numbers.keys() or not all(re.fullmatch("[0-9]{0,6}", text) for text in numbers.values()):
            raise Refused("not valid", "the parameters are page and limit, and both are numbers", status=422)
        mine = [
            _organization(number, name) for number, name in enumerate(self.orgs, 7) if grant.user in self.orgs[name]
        ]
        page = cut(mine, int(numbers["page"] or 1), min(int(numbers["limit"] or 30), MAX_PER_PAGE))
        headers = {"Content-Type": "application/json", "X-Total-Count": str(page.total)}
        if page.last > 1:
            headers["Link"] = link_header(self.origin + call.path, call.fields, page.neighbours())
        return Reply(json=list(page.items), headers=headers)


def _user(number: int, login: str) -> dict[str, Any]:
    """The documented fields of a `User`."""
    return {
        "id": number,
        "login": login,
        "login_name": "",
        "source_id": 0,
        "full_name": f"{login.title()} Example",
        "email": f"{login}@example.org",
        "avatar_url": f"https://forgejo.example/avatars/{number}",
        "html_url": f"https://forgejo.example/{login}",
        "language": "en-US",
        "is_admin": False,
        "last_login": "2026-01-02T03:04:05Z",
        "created": "2025-01-02T03:04:05Z",
        "restricted": False,
        "active": True,
        "prohibit_login": False,
        "location": "",
        "pronouns": "",
        "website": "",
        "description": "",
        "visibility": "public",
        "followers_count": 0,
        "following_count": 0,
        "starred_repos_count": 0,
        "username": login,  # not in the description, and sent for older clients
    }


def _organization(number: int, name: str) -> dict[str, Any]:
    """The documented fields of an `Organization`."""
    return {
        "id": number,
        "name": name,
        "full_name": name.title(),
        "email": "",
        "avatar_url": f"https://forgejo.example/avatars/{number}",
        "description": "",
        "website": "",
        "location": "",
        "visibility": "private",
        "repo_admin_change_team_access": False,
        "username": name,  # deprecated
    }
