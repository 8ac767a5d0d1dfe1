<% if openid -%>
"""A strict << title >>: the OpenID provider of `tests.fakes.openid_provider`, with what is particular to << title >>.

::

    async with << fake >>() as provider:
        provider.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        provider.users["alice"]["groups"] = ["staff"]

Replace endpoints, claims and errors with those in the provider's documentation.
"""

from __future__ import annotations

from .openid_provider import FakeProvider
from .traffic import Traffic


class << fake >>(Traffic, FakeProvider):
    """See the module's docstring."""
<% else -%>
"""A strict << title >>, with the endpoints that a login and the rules on groups need.

::

    async with << fake >>() as provider:
        provider.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        provider.groups["lab"].add("carol")             # alice and bob are members already
        provider.users["alice"]["name"] = "Alice of Example"

Endpoints, by the names under which requests are counted and faults applied: ``authorize``, ``token``, ``user``
(`/api/user`) and ``groups`` (`/api/user/groups`). Replace paths, scopes, fields and errors with those in the provider's
documentation, and check the replies with its published description.
"""

from __future__ import annotations

from typing import Any

from .openid_provider import Call, FakeProvider, Refused, Reply, rules
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints, Handler
from .traffic import Traffic


class << fake >>(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"read_user", "read_groups"}
        self.announce_iss = False
        self.users = {name: _user(number, name) for number, name in enumerate(("alice", "bob", "carol"), 41)}
        self.groups = {"lab": {"alice", "bob"}, "students": {"carol"}}

    def endpoints(self) -> Endpoints:
        return {
            "/oauth/authorize": ("authorize", self._authorize),
            "/oauth/token": ("token", self._token),
            "/api/user": ("user", self._api("read_user", self._get_user)),
            "/api/user/groups": ("groups", self._api("read_groups", self._list_groups)),
        }

    def _api(self, scope: str, answer: Any) -> Handler:
        """Refuse a request without a valid token that has `scope`."""

        async def checked(call: Call) -> Reply:
            rules.check_accept(call.headers)
            scheme, _, token = call.headers.get("authorization", "").partition(" ")
            grant = self._access_tokens.get(token)
            if call.method != "GET" or scheme != "Bearer" or grant is None or grant.expires_at < self.clock():
                raise Refused("invalid_token", "no valid access token", status=401)
            if scope not in grant.scope:
                raise Refused("insufficient_scope", f"required: {scope}", status=403)
            reply: Reply = answer(grant)
            return reply

        return checked

    def _get_user(self, grant: Grant) -> Reply:
        return Reply(json=self.users[grant.user])

    def _list_groups(self, grant: Grant) -> Reply:
        return Reply(json=[{"name": name} for name, members in self.groups.items() if grant.user in members])


def _user(number: int, login: str) -> dict[str, Any]:
    return {
        "id": number,
        "login": login,
        "name": f"{login.title()} Example",
        "avatar_url": f"https://<< name >>.example/avatars/{number}",
    }
<% endif -%>
