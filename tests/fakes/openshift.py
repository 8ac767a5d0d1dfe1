"""A strict OpenShift cluster: its OAuth server, and the API with the users, at one address.

::

    async with FakeOpenShift() as cluster:
        cluster.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        cluster.users["alice"]["groups"] = ["staff"]

Endpoints, by the names under which requests are counted and faults applied: ``metadata``, ``authorize``, ``token`` and
``user`` (`/apis/user.openshift.io/v1/users/~`).

Sources: OpenShift's documentation "Configuring the internal OAuth server" and "Using a service account as an OAuth
client"; RFC 8414; the source of its OAuth server. Often missed: there is no OpenID Connect and no refresh
token; the client may be a service account, whose ID has colons; ``groups`` may be null; a token without the scope
``user:info`` may not read its user.
"""

from __future__ import annotations

from typing import Any

from .openid_provider import Call, FakeProvider, Refused, Reply, rules
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints
from .traffic import Traffic

USER_PATH = "/apis/user.openshift.io/v1/users/~"
METADATA_PATH = "/.well-known/oauth-authorization-server"


class FakeOpenShift(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.client_id = "system:serviceaccount:hubs:jupyterhub"
        self.clients = {self.client.client_id: self.client}
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"user:info", "user:check-access"}
        self.announce_iss = False
        self.issue_refresh_tokens = False
        self.access_token_lifetime = 86400
        self.users = {
            "alice": _user("alice", ["staff"]),
            "bob": _user("bob", ["students"]),
            "carol": _user("carol", None),
            "kube:admin": _user("kube:admin", ["system:cluster-admins"]),
        }

    def endpoints(self) -> Endpoints:
        return {
            METADATA_PATH: ("metadata", self._metadata),
            "/oauth/authorize": ("authorize", self._authorize),
            "/oauth/token": ("token", self._token),
            USER_PATH: ("user", self._get_user),
        }

    async def _metadata(self, call: Call) -> Reply:
        return Reply(
            json={
                "issuer": self.origin,
                "authorization_endpoint": f"{self.origin}/oauth/authorize",
                "token_endpoint": f"{self.origin}/oauth/token",
                "scopes_supported": ["user:check-access", "user:full", "user:info"],
                "response_types_supported": ["code", "token"],
                "grant_types_supported": ["authorization_code", "implicit"],
                "code_challenge_methods_supported": ["plain", "S256"],
            }
        )

    async def _get_user(self, call: Call) -> Reply:
        rules.check_accept(call.headers)
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self._access_tokens.get(token)
        if call.method != "GET" or call.query or scheme != "Bearer" or grant is None:
            raise Refused("Unauthorized", "no token of this cluster", status=401)
        if grant.expires_at < self.clock():
            raise Refused("Unauthorized", "the token has expired", status=401)
        if "user:info" not in grant.scope:
            raise Refused("Forbidden", "the token has no scope user:info", status=403)
        return Reply(json=self.users[grant.user])

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        if call.endpoint != "user":
            return super()._refusal_reply(call, refusal)
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": refusal.why}
        return Reply(refusal.status, {**status, "reason": refusal.error, "code": refusal.status})

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        reply = super()._issue_tokens(grant)
        sha = f"sha256~{reply['access_token']}"
        self._access_tokens[sha] = self._access_tokens.pop(reply["access_token"])
        self.secrets.add(sha)
        return {**reply, "access_token": sha}


def _user(name: str, groups: list[str] | None) -> dict[str, Any]:
    return {
        "kind": "User",
        "apiVersion": "user.openshift.io/v1",
        "metadata": {
            "name": name,
            "uid": f"5f1b-{name.replace(':', '-')}",
            "resourceVersion": "12345",
            "creationTimestamp": "2026-01-02T03:04:05Z",
        },
        "fullName": f"{name.title()} Example",
        "identities": [f"campus:{name}"],
        "groups": groups,
    }
