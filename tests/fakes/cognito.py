"""A strict Cognito user pool: the OpenID provider of `tests.fakes.openid_provider`, with what is particular to Cognito.

::

    async with FakeCognito() as cognito:
        cognito.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        cognito.rotate_refresh_tokens = True           # refresh token rotation of the app client

`origin` is the domain of the user pool, with the endpoints. The discovery document and the keys are on another host,
which `issuer` names.

Sources: the "Amazon Cognito Developer Guide": "Managed login and federation endpoints", "Understanding the ID token",
"Refresh tokens". Often missed: groups are in the tokens and not in the userinfo response, and the claim is
left out for a user of no group; ``email_verified`` is text in the userinfo response; the parameters of the logout page
are not those of OpenID Connect; only a refresh token can be revoked; without rotation no new refresh token is sent, and with it
the new one ends when the first would have ended.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .openid_provider import Call, FakeProvider, IDTokenDraft, Refused, Registration, Reply, rules
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints
from .traffic import Traffic

POOL = "eu-central-1_AbCdEf123"
CLAIMS = {"email": {"email", "email_verified"}, "profile": {"name", "given_name", "family_name"}}
REFRESH_LIFETIME = 30 * 86_400


class FakeCognito(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"openid", "profile", "email", "phone", "aws.cognito.signin.user.admin"}
        self.announce_iss = False
        self.rotate_refresh_tokens = False
        self.user_claims_in_id_token = True
        self.users = {
            "alice": _user("d1a0-alice", "alice", ["staff"]),
            "bob": _user("d1a0-bob", "bob", []),
            "carol": _user("d1a0-carol", "Google_1177", [], email_verified=False),
        }
        self._ends: dict[str, float] = {}  # by family: when its refresh tokens end

    async def __aenter__(self) -> FakeCognito:
        await super().__aenter__()
        app = web.Application()
        for path, (name, handler) in self.issuer_endpoints().items():
            app.router.add_route("*", path, self._endpoint(name, handler))
        self.issuer = f"{await self._listen(app, '127.0.0.3')}/{POOL}"
        return self

    def endpoints(self) -> Endpoints:
        return {
            "/oauth2/authorize": ("authorize", self._authorize),
            "/login": ("authorize", self._authorize),  # the page to which the other redirects, with the same parameters
            "/oauth2/token": ("token", self._token),
            "/oauth2/userInfo": ("userinfo", self._userinfo),
            "/oauth2/revoke": ("revoke", self._revoke),
            "/logout": ("end_session", self._end_session),
        }

    def issuer_endpoints(self) -> Endpoints:
        return {
            f"/{POOL}/.well-known/openid-configuration": ("metadata", self._metadata),
            f"/{POOL}/.well-known/jwks.json": ("jwks", self._published_keys),
        }

    def end_refresh_tokens(self) -> None:
        """From now on, the refresh tokens of all users are too old."""
        self._ends = dict.fromkeys(self._ends, 0.0)

    async def _metadata(self, call: Call) -> Reply:
        return Reply(
            json={
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.origin}/oauth2/authorize",
                "token_endpoint": f"{self.origin}/oauth2/token",
                "userinfo_endpoint": f"{self.origin}/oauth2/userInfo",
                "revocation_endpoint": f"{self.origin}/oauth2/revoke",
                "end_session_endpoint": f"{self.origin}/logout",
                "jwks_uri": f"{self.issuer}/.well-known/jwks.json",
                "response_types_supported": ["code", "token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "phone", "profile"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            }
        )

    async def _authorize(self, call: Call) -> Reply:
        if call.method != "GET":
            raise Refused("invalid_request", "the authorize endpoint supports GET alone", status=405)
        return await super()._authorize(call)

    def _redeem_refresh_token(self, client: Registration, fields: dict[str, str]) -> Grant:
        grant = self._refresh_tokens.get(fields["refresh_token"])
        if grant is not None and self._ends[grant.family] < self.clock():
            raise Refused("invalid_grant", "Refresh Token has expired")
        return super()._redeem_refresh_token(client, fields)

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        self._ends.setdefault(grant.family, self.clock() + REFRESH_LIFETIME)
        reply = super()._issue_tokens(grant)
        opaque = reply["access_token"]
        reply["access_token"] = self._jwt_access_token(grant, opaque)
        self._access_tokens[reply["access_token"]] = self._access_tokens.pop(opaque)
        if "id_token" in reply:
            reply["id_token"] = self._id_token(grant, reply["access_token"])
        self.secrets.update(reply[name] for name in ("access_token", "id_token") if name in reply)
        del reply["scope"]  # the token response has none
        return reply

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        """The claims of the ID token."""
        user = self.users[grant.user]
        claims = {**self._attributes(grant), "cognito:username": user["username"], "token_use": "id"}
        return claims | ({"cognito:groups": user["groups"]} if user["groups"] else {})

    def _attributes(self, grant: Grant) -> dict[str, Any]:
        asked = {"sub"}.union(*(CLAIMS.get(scope, set()) for scope in grant.scope))
        return {name: value for name, value in self.users[grant.user].items() if name in asked}

    async def _userinfo(self, call: Call) -> Reply:
        reply = await super()._userinfo(call)
        grant = self._access_tokens[call.headers["authorization"].partition(" ")[2]]
        if "openid" not in grant.scope:
            raise Refused("invalid_token", "the access token does not have the scope openid", status=401)
        claims = {**self._attributes(grant), "username": self.users[grant.user]["username"]}
        if isinstance(claims.get("email_verified"), bool):
            claims["email_verified"] = str(claims["email_verified"]).lower()
        reply.json = claims
        return reply

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        reply = super()._refusal_reply(call, refusal)
        if call.endpoint == "userinfo":
            reply.headers["WWW-Authenticate"] = f'error="{refusal.error}", error_description="{refusal.why}"'
        return reply

    async def _revoke(self, call: Call) -> Reply:
        fields = rules.decode_fields(call.body, "the revocation request")
        if fields.get("token") in self._access_tokens:
            raise Refused("unsupported_token_type", "the token is not a refresh token")
        return await super()._revoke(call)

    async def _end_session(self, call: Call) -> Reply:
        fields = call.fields = rules.decode_fields(call.query, "the logout request")
        client = self.clients.get(fields.get("client_id", ""))
        if call.method != "GET" or client is None:
            raise Refused("invalid_request", "no such client")
        if not fields.get("logout_uri"):
            raise Refused("invalid_request", "Required String parameter 'redirect_uri' is not present")
        if fields["logout_uri"] not in client.post_logout_redirect_uris:
            raise Refused("redirect_mismatch", "logout_uri is not one of the allowed sign-out URLs")
        return Reply.redirect(fields["logout_uri"], [])

    def _jwt_access_token(self, grant: Grant, token_id: str) -> str:
        now = int(self.clock())
        user = self.users[grant.user]
        claims = {
            "sub": user["sub"],
            "iss": self.issuer,
            "client_id": grant.client_id,
            "token_use": "access",
            "scope": " ".join(grant.scope),
            "username": user["username"],
            "iat": now,
            "exp": now + self.access_token_lifetime,
            "jti": token_id,
            **({"cognito:groups": user["groups"]} if user["groups"] else {}),
        }
        header = {"alg": self.keys.algorithm, "kid": self.keys.current.kid}
        return IDTokenDraft(header, claims, self.keys.current).serialize()


def _user(subject: str, username: str, groups: list[str], *, email_verified: bool = True) -> dict[str, Any]:
    nickname = subject.partition("-")[2]
    return {
        "sub": subject,
        "username": username,
        "name": f"{nickname.title()} Example",
        "given_name": nickname.title(),
        "family_name": "Example",
        "email": f"{nickname}@example.org",
        "email_verified": email_verified,
        "groups": groups,
    }
