"""A strict Bitbucket Cloud, with the endpoints that a login and the rules on workspaces need.

::

    async with FakeBitbucket() as bitbucket:
        bitbucket.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        bitbucket.workspaces["lab"].add("carol")        # alice and bob are members already
        bitbucket.emails["alice"] = {"alice@example.org": True, "new@example.org": False}

Endpoints, by the names under which requests are counted and faults applied: ``authorize``, ``token``, ``user``
(`/2.0/user`), ``workspaces`` (`/2.0/user/workspaces`), ``emails`` (`/2.0/user/emails`) and ``retired``
(`/2.0/workspaces`).

Sources: Atlassian's documentation "Use OAuth on Bitbucket Cloud" and "The Bitbucket Cloud REST API"; CHANGE-2770 and
CHANGE-3022. Often missed: scopes are those of the consumer, and the token response names them ``scopes``; the
list of all workspaces is gone, with status 410; the new list has no display names; a page has ten entries unless asked
otherwise, and names the next page in its body.
"""

from __future__ import annotations

from typing import Any

from .openid_provider import Call, FakeProvider, Refused, Reply, rules
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints, Handler
from .paging import cut
from .traffic import Traffic

MAX_PAGE = 100


class FakeBitbucket(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.auth_method = "client_secret_post"
        self.client.scopes = set()
        self.permissions = {"account", "email"}
        self.announce_iss = False
        self.access_token_lifetime = 7200
        self.users = {name: _user(number, name) for number, name in enumerate(("alice", "bob", "carol"), 41)}
        self.workspaces = {"lab": {"alice", "bob"}, "students": {"carol"}}
        self.emails = {name: {f"{name}@example.org": True} for name in self.users}

    def endpoints(self) -> Endpoints:
        return {
            "/site/oauth2/authorize": ("authorize", self._authorize),
            "/site/oauth2/access_token": ("token", self._token),
            "/2.0/user": ("user", self._api("account", self._get_user)),
            "/2.0/user/workspaces": ("workspaces", self._api("account", self._list_workspaces)),
            "/2.0/user/emails": ("emails", self._api("email", self._list_emails)),
            "/2.0/workspaces/{slug}": ("workspace", self._api("account", self._get_workspace)),
            "/2.0/workspaces": ("retired", self._retired),
        }

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        reply = super()._issue_tokens(grant)
        del reply["scope"]
        return {**reply, "token_type": "bearer", "scopes": " ".join(sorted(self.permissions)), "state": "code"}

    def _api(self, permission: str, answer: Any) -> Handler:
        """Refuse a request without a valid token of a consumer that has `permission`."""

        async def checked(call: Call) -> Reply:
            rules.check_accept(call.headers)
            call.fields = rules.decode_fields(call.query, "the request")
            scheme, _, token = call.headers.get("authorization", "").partition(" ")
            if self.is_lenient and "access_token" in call.fields:  # the token may be in the query
                scheme, token = "Bearer", call.fields.pop("access_token")
            grant = self._access_tokens.get(token)
            if call.method != "GET" or scheme != "Bearer" or grant is None or grant.expires_at < self.clock():
                raise Refused("Access token expired.", "no valid access token", status=401)
            if permission not in self.permissions:
                raise Refused("Your credentials lack one or more required privilege scopes.", permission, status=403)
            reply: Reply = answer(call, grant)
            return reply

        return checked

    async def _retired(self, call: Call) -> Reply:
        raise Refused("CHANGE-2770", "this list was removed", status=410)

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        if call.endpoint not in ("user", "workspaces", "workspace", "emails", "retired"):
            return super()._refusal_reply(call, refusal)
        return Reply(refusal.status, {"type": "error", "error": {"message": f"{refusal.error}: {refusal.why}"}})

    def _get_user(self, call: Call, grant: Grant) -> Reply:
        return Reply(json=self.users[grant.user])

    def _list_workspaces(self, call: Call, grant: Grant) -> Reply:
        return self._page(call, self._accesses(grant))

    def _accesses(self, grant: Grant) -> list[dict[str, Any]]:
        mine = [(number, slug) for number, slug in enumerate(self.workspaces) if grant.user in self.workspaces[slug]]
        return [
            {
                "type": "workspace_access",
                "administrator": False,
                "workspace": {
                    "type": "workspace_base",
                    "uuid": f"{{00000000-0000-0000-0000-{number:012x}}}",
                    "slug": slug,
                    "links": {"self": {"href": f"{self.origin}/2.0/workspaces/{slug}"}},
                },
            }
            for number, slug in mine
        ]

    def _get_workspace(self, call: Call, grant: Grant) -> Reply:
        """One workspace, with its display name, which the list does not have."""
        slug = call.path.rpartition("/")[2]
        if grant.user not in self.workspaces.get(slug, ()):
            raise Refused("No workspace with identifier", slug, status=404)
        (entry,) = [each["workspace"] for each in self._accesses(grant) if each["workspace"]["slug"] == slug]
        return Reply(json={**entry, "type": "workspace", "name": f"The {slug.title()}", "is_private": True})

    def _list_emails(self, call: Call, grant: Grant) -> Reply:
        return self._page(
            call,
            [
                {"type": "email", "email": email, "is_primary": number == 0, "is_confirmed": confirmed}
                for number, (email, confirmed) in enumerate(self.emails[grant.user].items())
            ],
        )

    def _page(self, call: Call, entries: list[dict[str, Any]]) -> Reply:
        if set(call.fields) - {"pagelen", "page"}:
            raise Refused("Bad request", f"no such parameters: {sorted(call.fields)}", status=400)
        size = int(call.fields.get("pagelen", 10))
        if not 1 <= size <= MAX_PAGE:
            raise Refused("Invalid pagelen", f"pagelen is at most {MAX_PAGE}", status=400)
        page = cut(entries, int(call.fields.get("page", 1)), size)
        body: dict[str, Any] = {"pagelen": size, "values": list(page.items), "page": page.number}
        if page.number < page.last:
            body["next"] = f"{self.origin}{call.path}?pagelen={size}&page={page.number + 1}"
        return Reply(json=body)


def _user(number: int, name: str) -> dict[str, Any]:
    return {
        "type": "user",
        "uuid": f"{{11111111-0000-0000-0000-{number:012x}}}",
        "account_id": f"557058:{number:08x}",
        "username": name,
        "nickname": name,
        "display_name": f"{name.title()} Example",
        "account_status": "active",
        "created_on": "2025-01-02T03:04:05+00:00",
        "links": {"avatar": {"href": f"https://bitbucket.example/avatars/{number}"}},
    }
