"""A strict Microsoft Entra ID: the identity platform (v2.0) of several tenants, and Microsoft Graph.

::

    async with FakeEntra() as entra:
        entra.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        entra.users["alice"]["groups"] = [f"group-{n}" for n in range(300)]   # too many for the ID token
        entra.graph_permissions = set()                                       # User.Read was not granted

Endpoints, by the names under which requests are counted and faults applied: ``metadata``, ``jwks``, ``authorize``,
``token``, ``graph`` (`/v1.0/me/transitiveMemberOf`) and ``retired``, the service that a reference to groups names.

Sources: Microsoft's documentation of the identity platform, "OpenID Connect", "ID token claims reference", "Configure
group claims", "Authorization code flow"; the Graph reference. Often missed: the metadata of several tenants
have an issuer with a placeholder; ``oid`` and ``preferred_username`` need the scope profile; ``sub`` differs for each
application; an ID token from the token endpoint has no ``at_hash``; above 200 groups there is a reference to a retired
service; Graph mixes groups with directory roles, a hundred to a page; a refresh gives a new refresh token, and the old
one stays good.
"""

from __future__ import annotations

import hashlib
from typing import Any

from .openid_provider import Call, FakeProvider, Refused, Registration, Reply, rules
from .openid_provider.keys import IDTokenDraft
from .openid_provider.records import Grant
from .openid_provider.server import AS_USER
from .openid_provider.wire import Endpoints
from .paging import cut
from .traffic import Traffic

CAMPUS = "11111111-1111-4111-8111-111111111111"
PARTNER = "22222222-2222-4222-8222-222222222222"
MAX_GROUPS = 200
GRAPH_PAGE = 100

CLAIMS = {"profile": {"oid", "preferred_username", "name"}, "email": {"email"}}


class FakeEntra(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.client_id = "6731de76-14a6-49ae-97bc-6eba6914391e"
        self.clients = {self.client.client_id: self.client}
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"openid", "profile", "email", "offline_access", "User.Read"}
        self.announce_iss = False
        self.groups_claim = True
        self.graph_permissions = {"User.Read"}
        self.graph_page = 150  # the largest page: a server may send less than asked
        self.refusal = ""  # an AADSTS code: the description with which requests are refused
        self.users = {
            "alice": _user(1, "alice", CAMPUS, groups=["a-group", "staff"], roles=["Hub.User"]),
            "bob": _user(2, "bob", CAMPUS, groups=["students"], roles=["Hub.Admin"]),
            "carol": _user(3, "carol", CAMPUS),
            "dave": _user(4, "dave", PARTNER, groups=["staff"]),
        }

    def endpoints(self) -> Endpoints:
        endpoints: Endpoints = {
            "/v1.0/me/transitiveMemberOf": ("graph", self._member_of),
            "/retired/getMemberObjects": ("retired", self._retired),
        }
        for tenant in (CAMPUS, PARTNER, "organizations", "common"):
            endpoints |= {
                f"/{tenant}/v2.0/.well-known/openid-configuration": ("metadata", self._metadata),
                f"/{tenant}/discovery/v2.0/keys": ("jwks", self._published_keys),
                f"/{tenant}/oauth2/v2.0/authorize": ("authorize", self._authorize),
                f"/{tenant}/oauth2/v2.0/token": ("token", self._token),
            }
        return endpoints

    def issuer_of(self, tenant: str) -> str:
        return f"{self.origin}/{tenant}/v2.0"

    async def _metadata(self, call: Call) -> Reply:
        tenant = call.path.split("/")[1]
        base = f"{self.origin}/{tenant}"
        return Reply(
            json={
                "issuer": self.issuer_of(tenant if tenant in (CAMPUS, PARTNER) else "{tenantid}"),
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "userinfo_endpoint": f"{self.origin}/oidc/userinfo",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
            }
        )

    def _refuse_as_told(self) -> None:
        if self.refusal:
            error = "invalid_grant" if self.refusal.startswith("7008") else "invalid_request"
            raise Refused(error, f"AADSTS{self.refusal}: refused. Trace ID: 0a1b Correlation ID: 2c3d")

    def _issue_code(self, client: Registration, user: str | None, fields: dict[str, str]) -> str:
        if fields.get("code_challenge_method") == "S256" and len(fields.get("code_challenge", "")) != 43:
            raise Refused("invalid_request", "AADSTS501491: invalid size of code_challenge")
        self._refuse_as_told()
        return super()._issue_code(client, user, fields)

    async def _authorize(self, call: Call) -> Reply:
        tenant = call.path.split("/")[1]
        who = rules.decode_fields(call.query, "the authorization request").get(AS_USER, self.user)
        reply = await super()._authorize(call)
        user = self.users.get(who or "")
        if user is not None and tenant in (CAMPUS, PARTNER) and user["tid"] != tenant and reply.redirect_to:
            answer = [
                ("error", "access_denied"),
                ("error_description", "AADSTS50020: the account is of another tenant"),
            ]
            return Reply.redirect(call.fields["redirect_uri"], [*answer, ("state", call.fields.get("state", ""))])
        return reply

    async def _token(self, call: Call) -> Reply:
        self._refuse_as_told()
        fields = rules.decode_fields(call.body, "the token request")
        if fields.get("grant_type") == "client_credentials":
            return await self._token_of_client(call, fields)
        return await super()._token(call)

    async def _token_of_client(self, call: Call, fields: dict[str, str]) -> Reply:
        """The client credentials grant: for one tenant and one resource, whose permissions are set beforehand."""
        client = self.clients.get(fields.get("client_id", ""))
        if client is None:
            raise Refused("unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if client.auth_method == "private_key_jwt":
            await self.authenticate(call, fields)
        elif fields.get("client_secret") != client.client_secret:
            raise Refused("invalid_client", "AADSTS7000215: Invalid client secret provided.", status=401)
        if call.path.split("/")[1] not in (CAMPUS, PARTNER):
            raise Refused("invalid_request", "AADSTS90130: not for several tenants")
        if fields.get("scope") != f"{self.origin}/.default":
            raise Refused("invalid_scope", "AADSTS1002012: the scope must end with /.default")
        return Reply(json={"token_type": "Bearer", "expires_in": 3599, "access_token": f"app-{fields['scope']}"})

    def _redeem_refresh_token(self, client: Registration, fields: dict[str, str]) -> Grant:
        grant = super()._redeem_refresh_token(client, fields)
        self._refresh_tokens[fields["refresh_token"]].used = False  # the old one stays good
        return grant

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        self.issue_refresh_tokens = "offline_access" in grant.scope
        return {**super()._issue_tokens(grant), "ext_expires_in": self.access_token_lifetime}

    def _id_token(self, grant: Grant, access_token: str) -> str:
        user, now = self.users[grant.user], int(self.clock())
        asked = {"tid"}.union(*(CLAIMS.get(scope, set()) for scope in grant.scope))
        claims: dict[str, Any] = {
            "iss": self.issuer_of(user["tid"]),
            "aud": grant.client_id,
            "iat": now,
            "nbf": now,
            "exp": now + 3900,
            "sub": _pairwise(user["oid"], grant.client_id),
            "ver": "2.0",
            "uti": "x1",
            "sid": grant.sid,
            **{name: value for name, value in user.items() if name in asked and value},
        }
        if user["roles"]:
            claims["roles"] = user["roles"]
        if self.groups_claim and len(user["groups"]) > MAX_GROUPS:
            claims["_claim_names"] = {"groups": "src1"}
            claims["_claim_sources"] = {"src1": {"endpoint": f"{self.origin}/retired/getMemberObjects"}}
        elif self.groups_claim and user["groups"]:
            claims["groups"] = user["groups"]
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        header = {"alg": self.keys.algorithm, "typ": "JWT", "kid": self.keys.current.kid}
        draft = IDTokenDraft(header, claims, self.keys.current)
        self.faults.apply("id_token", self, draft)
        return draft.serialize()

    async def _retired(self, call: Call) -> Reply:
        raise AssertionError("a client must not follow the reference: the service is retired")

    async def _member_of(self, call: Call) -> Reply:
        rules.check_accept(call.headers)
        fields = call.fields = rules.decode_fields(call.query, "the request")
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self._access_tokens.get(token)
        if scheme != "Bearer" or grant is None or grant.expires_at < self.clock():
            raise Refused("InvalidAuthenticationToken", "Access token is empty or not valid.", status=401)
        if "User.Read" not in self.graph_permissions & set(grant.scope):
            raise Refused("Authorization_RequestDenied", "Insufficient privileges.", status=403)
        size = int(fields.get("$top", GRAPH_PAGE))
        if not 1 <= size <= 999:
            raise Refused("Request_BadRequest", "$top is 1 to 999", status=400)
        groups = [{"@odata.type": "#microsoft.graph.group", "id": each} for each in self.users[grant.user]["groups"]]
        role = {"@odata.type": "#microsoft.graph.directoryRole", "id": "a-directory-role"}
        page = cut([role, *groups], int(fields.get("$skiptoken", 1)), min(size, self.graph_page))
        body: dict[str, Any] = {
            "@odata.context": f"{self.origin}/v1.0/$metadata#directoryObjects",
            "value": list(page.items),
        }
        if page.number < page.last:
            body["@odata.nextLink"] = f"{self.origin}{call.path}?$top={size}&$skiptoken={page.number + 1}"
        return Reply(json=body)

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        if call.endpoint != "graph":
            return super()._refusal_reply(call, refusal)
        return Reply(refusal.status, {"error": {"code": refusal.error, "message": refusal.why}})


def _pairwise(account: str, client_id: str) -> str:
    return hashlib.sha256(f"{account} {client_id}".encode()).hexdigest()[:43]


def _user(number: int, name: str, tenant: str, **lists: list[str]) -> dict[str, Any]:
    return {
        "tid": tenant,
        "oid": f"00000000-0000-4000-8000-{number:012x}",
        "preferred_username": f"{name}@campus.example",
        "name": f"{name.title()} Example",
        "email": f"{name}@campus.example",
        "groups": lists.get("groups", []),
        "roles": lists.get("roles", []),
    }
