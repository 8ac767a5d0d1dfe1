"""A strict JupyterHub as an OAuth provider, without pages. It behaves as a real one does in `tests/e2e/test_two_hubs.py`.

Users are those of `FakeProvider`, with name, admin and groups::

    async with FakeHub() as upstream:
        upstream.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        upstream.users["alice"]["admin"] = True
        upstream.users["alice"]["kind"] = "service"     # a token of a service with a user's name
"""

from __future__ import annotations

from typing import Any

from .openid_provider import Call, FakeProvider, Refused, Registration, Reply, rules
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints
from .traffic import Traffic

IDENTIFY = {"read:users:name!user", "read:users:groups!user"}  # which a hub grants to every client
TWO_WEEKS = 1_209_600


class FakeHub(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client = Registration("service-class-hub", self.client.client_secret, auth_method="client_secret_post")
        self.client.scopes = set(IDENTIFY)
        self.clients = {self.client.client_id: self.client}
        self.announce_iss = False
        self.issue_refresh_tokens = False
        self.access_token_lifetime = TWO_WEEKS

    @property
    def hub_url(self) -> str:
        return f"{self.origin}/hub"

    def endpoints(self) -> Endpoints:
        return {
            "/hub/api/oauth2/authorize": ("authorize", self._authorize),
            "/hub/api/oauth2/token": ("token", self._token),
            "/hub/api/user": ("userinfo", self._userinfo),
        }

    def _redeem_refresh_token(self, client: Registration, fields: dict[str, str]) -> Grant:
        raise Refused("unsupported_grant_type", "a hub has no refresh tokens")

    async def _userinfo(self, call: Call) -> Reply:
        """GET /user. For any fault of the token, the reply is 403 in the format of the hub's API."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self._access_tokens.get(token)
        if scheme.lower() not in ("bearer", "token") or grant is None or grant.expires_at < self.clock():
            self.refusals.append("userinfo: no token of mine that is still good")
            return Reply(403, {"status": 403, "message": "Forbidden"})
        rules.check_accept(call.headers)
        return Reply(json=self._model(grant))

    def _model(self, grant: Grant) -> dict[str, Any]:
        user = self.users[grant.user]
        return {
            "kind": user.get("kind", "user"),
            "name": user["preferred_username"],
            "admin": user.get("admin", False),
            "groups": user["groups"],
            "user_info": {"name": user["name"], "display_name": user["name"].partition(" ")[0]},
            "session_id": grant.sid,
            "token_id": f"a{abs(hash(grant.family)) % 1000}",
            "scopes": sorted(scope.replace("!user", f"!user={user['preferred_username']}") for scope in grant.scope),
        }
