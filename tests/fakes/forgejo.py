"""A small strict Forgejo: Codeberg's kind of server, as far as a provider in the documentation needs it.

::

    async with FakeForgejo() as forgejo:
        forgejo.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        forgejo.orgs["lab"].add("carol")            # alice and bob are there already
        forgejo.users["alice"]["full_name"] = "Alice of Example"

Endpoints, by the names under which requests are counted and faults put: ``authorize``, ``token``, ``user`` (`/user`) and
``orgs`` (`/user/orgs`). Facts are from Forgejo's documentation ("OAuth2 provider", "Access Token Scope", "API Usage").
"""

from __future__ import annotations

import re
from typing import Any

from .openid_provider import Call, FakeProvider, Refused, Reply, rules
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints, Handler
from .paging import cut, link_header
from .traffic import Traffic

MOST_ON_A_PAGE = 50


class FakeForgejo(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"openid", "profile", "email", "groups", "read:user", "read:organization"}
        self.announce_iss = False
        self.users = {name: _user(number, name) for number, name in enumerate(("alice", "bob", "carol"), 41)}
        self.orgs = {"lab": {"alice", "bob"}, "students": {"carol"}}

    def endpoints(self) -> Endpoints:
        api = "/api/v1"
        return {
            "/login/oauth/authorize": ("authorize", self._authorize),
            "/login/oauth/access_token": ("token", self._token),
            f"{api}/user": ("user", self._api("read:user", answer=self._get_user)),
            f"{api}/user/orgs": ("orgs", self._api("read:user", "read:organization", answer=self._list_orgs)),
        }

    def _api(self, *scopes: str, answer: Any) -> Handler:
        """What each request must get right: a token, and all of `scopes`."""

        async def passed(call: Call) -> Reply:
            rules.check_accept(call.headers)
            call.fields = rules.decode_fields(call.query, "the request")
            scheme, _, token = call.headers.get("authorization", "").partition(" ")
            grant = self._access_tokens.get(token)
            if call.method != "GET" or scheme.lower() not in ("bearer", "token") or grant is None:
                raise Refused("token is required", "no token of mine", status=401)
            if grant.expires_at < self.clock():
                raise Refused("token is required", "the token has ended", status=401)
            if missing := set(scopes) - set(grant.scope):
                raise Refused("token does not have the scope", f"required: {sorted(missing)}", status=403)
            reply: Reply = answer(call, grant)
            return reply

        return passed

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        if call.endpoint not in ("user", "orgs"):
            return super()._refusal_reply(call, refusal)
        return Reply(
            refusal.status, {"message": f"{refusal.error}: {refusal.why}", "url": f"{self.origin}/api/swagger"}
        )

    def _get_user(self, call: Call, grant: Grant) -> Reply:
        return Reply(json=self.users[grant.user])

    def _list_orgs(self, call: Call, grant: Grant) -> Reply:
        """`limit` entries a page, 50 at most: a larger number means that as well."""
        numbers = {name: call.fields.get(name, "") for name in ("page", "limit")}
        if set(call.fields) - numbers.keys() or not all(re.fullmatch("[0-9]{0,6}", text) for text in numbers.values()):
            raise Refused("not valid", "page and limit are numbers, and all that there is", status=422)
        mine = [
            _organization(number, name) for number, name in enumerate(self.orgs, 7) if grant.user in self.orgs[name]
        ]
        page = cut(mine, int(numbers["page"] or 1), min(int(numbers["limit"] or 30), MOST_ON_A_PAGE))
        headers = {"Content-Type": "application/json", "X-Total-Count": str(page.total)}
        if page.last > 1:
            headers["Link"] = link_header(self.origin + call.path, call.fields, page.neighbours())
        return Reply(json=list(page.items), headers=headers)


def _user(number: int, login: str) -> dict[str, Any]:
    """The documented fields of a `User` that say something of a person."""
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
        "active": True,
        "visibility": "public",
        "username": login,
    }


def _organization(number: int, name: str) -> dict[str, Any]:
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
        "username": name,  # deprecated there
    }
