"""A strict Globus: Globus Auth, and the Groups API.

::

    async with FakeGlobus() as globus:
        globus.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        globus.groups[LAB]["carol"] = "active"        # or "invited", "pending", "removed"
        globus.first = "transfer.api.globus.org"       # the resource server whose token is at the top level

Endpoints, by the names under which requests are counted and faults applied: ``metadata``, ``jwks``, ``authorize``,
``token``, ``userinfo``, ``revoke`` and ``groups`` (`/v2/groups/my_groups`).

Sources: the "Globus Auth API" reference and the "Globus Groups API"; the test data of the Globus SDK. What is easily
missed: each resource server has a separate token, and the one at the top level need not be that of Globus Auth; the
refusal of a grant has the status 401; a revocation is answered with 200 for every token; ``my_groups`` has invitations
and former memberships too; and a token for one resource server is refused by all others.
"""

from __future__ import annotations

from typing import Any

from .openid_provider import Call, FakeProvider, Refused, Registration, Reply, rules
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints
from .traffic import Traffic

AUTH, GROUPS, TRANSFER = "auth.globus.org", "groups.api.globus.org", "transfer.api.globus.org"
SCOPES = {
    "openid": AUTH,
    "profile": AUTH,
    "email": AUTH,
    f"urn:globus:auth:scope:{GROUPS}:view_my_groups_and_memberships": GROUPS,
    f"urn:globus:auth:scope:{TRANSFER}:all": TRANSFER,
}
"""The resource server of each scope."""

LAB = "7a6f6b80-0000-4000-8000-00000000001a"
STAFF = "7a6f6b80-0000-4000-8000-00000000002b"


class FakeGlobus(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__(algorithm="RS512")
        self.client.auth_method = "client_secret_basic"
        self.client.scopes = set(SCOPES)
        self.announce_iss = False
        self.issue_refresh_tokens = False
        self.access_token_lifetime = 172_800
        self.first = AUTH
        self.users = {
            "alice": _user(1, "alice", "campus.example"),
            "bob": _user(2, "bob", "campus.example"),
            "carol": _user(3, "carol", "college.example"),
            "other-alice": _user(4, "alice", "college.example"),
        }
        self.groups: dict[str, dict[str, str]] = {LAB: {"alice": "active"}, STAFF: {"bob": "active"}}
        self._servers: dict[str, str] = {}

    def endpoints(self) -> Endpoints:
        return {
            "/.well-known/openid-configuration": ("metadata", self._metadata),
            "/jwk.json": ("jwks", self._published_keys),
            "/v2/oauth2/authorize": ("authorize", self._authorize),
            "/v2/oauth2/token": ("token", self._token),
            "/v2/oauth2/userinfo": ("userinfo", self._userinfo),
            "/v2/oauth2/token/revoke": ("revoke", self._revoke_one),
            "/v2/groups/my_groups": ("groups", self._my_groups),
        }

    async def _metadata(self, call: Call) -> Reply:
        oauth2 = f"{self.origin}/v2/oauth2"
        return Reply(
            json={
                "issuer": self.issuer,
                "authorization_endpoint": f"{oauth2}/authorize",
                "token_endpoint": f"{oauth2}/token",
                "userinfo_endpoint": f"{oauth2}/userinfo",
                "revocation_endpoint": f"{oauth2}/token/revoke",
                "jwks_uri": f"{self.origin}/jwk.json",
                "response_types_supported": ["code", "token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS512"],
                "scopes_supported": ["openid", "email", "profile"],
                "code_challenge_methods_supported": ["S256", "plain"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    def _redeem_code(self, client: Registration, fields: dict[str, str]) -> Grant:
        try:
            return super()._redeem_code(client, fields)
        except Refused as refusal:
            raise Refused(refusal.error, refusal.why, status=401) from None

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        """One token for each resource server, in one reply."""
        by_server: dict[str, list[str]] = {}
        for scope in grant.scope:
            by_server.setdefault(SCOPES[scope], []).append(scope)
        order = sorted(by_server, key=lambda server: (server != self.first, server != AUTH))
        tokens = []
        for server in order:
            part = Grant(grant.client_id, grant.user, by_server[server], grant.family, nonce=grant.nonce, sid=grant.sid)
            issued = super()._issue_tokens(part)
            self._servers[issued["access_token"]] = server
            tokens.append({**issued, "resource_server": server, "state": "a state"})
        id_token = next((token.pop("id_token") for token in tokens if "id_token" in token), None)
        top, *others = tokens
        return {**top, **({"id_token": id_token} if id_token else {}), "other_tokens": others}

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        claims = self.users[grant.user]
        hidden = {"email"} if "email" not in grant.scope else set()
        hidden |= set(claims) - {"sub", "email"} if "profile" not in grant.scope else set()
        return {name: value for name, value in claims.items() if name not in hidden}

    def _grant_for(self, call: Call, server: str) -> Grant:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self._access_tokens.get(token)
        if scheme != "Bearer" or grant is None or grant.expires_at < self.clock() or self._servers[token] != server:
            raise Refused("AuthenticationError", f"no valid token for {server}", status=401)
        return grant

    async def _userinfo(self, call: Call) -> Reply:
        self._grant_for(call, AUTH)
        return await super()._userinfo(call)

    async def _my_groups(self, call: Call) -> Reply:
        rules.check_accept(call.headers)
        fields = call.fields = rules.decode_fields(call.query, "the request")
        grant = self._grant_for(call, GROUPS)
        if call.method != "GET" or set(fields) - {"statuses"}:
            raise Refused("BAD_REQUEST", "the only parameter is statuses", status=400)
        wanted = set(filter(None, fields.get("statuses", "").split(",")))
        mine = [
            (number, key, members[grant.user])
            for number, (key, members) in enumerate(self.groups.items())
            if grant.user in members
        ]
        return Reply(
            json=[
                {
                    "id": key,
                    "name": f"Group {number}",
                    "parent_id": None,
                    "group_type": "regular",
                    "enforce_session": False,
                    "session_limit": 28800,
                    "my_memberships": [
                        {
                            "group_id": key,
                            "identity_id": self.users[grant.user]["sub"],
                            "username": self.users[grant.user]["preferred_username"],
                            "role": "member",
                            "status": status,
                        }
                    ],
                }
                for number, key, status in mine
                if not wanted or status in wanted
            ]
        )

    async def _revoke_one(self, call: Call) -> Reply:
        """Each token is revoked for itself; the reply says the same of an unknown token."""
        rules.check_form_request(call.method, call.query, call.headers)
        fields = call.fields = rules.decode_fields(call.body, "the revocation request")
        rules.authenticate_client(call.headers, fields, self.clients)
        for tokens in (self._access_tokens, self._refresh_tokens):
            tokens.pop(fields["token"], None)
        return Reply(json={"active": False})


def _user(number: int, name: str, domain: str) -> dict[str, Any]:
    return {
        "sub": f"c8aad43e-d274-11e5-98bf-{number:012x}",
        "preferred_username": f"{name}@{domain}",
        "name": f"{name.title()} Example",
        "email": f"{name}@{domain}",
        "identity_provider": f"41143743-f3c8-4d60-bbdb-{len(domain):012x}",
        "identity_provider_display_name": domain,
        "organization": domain,
    }
