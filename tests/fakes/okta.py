"""A strict Okta organization: the OpenID provider of `tests.fakes.openid_provider`, with what is particular to Okta.

::

    async with FakeOkta() as okta:                     # the organization's own authorization server
        okta.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        okta.assigned.discard("bob")                   # bob is no longer assigned to the application

    async with FakeOkta("default") as okta:            # a custom authorization server
        okta.has_policy = False                        # …without an access policy

Sources: Okta's "OpenID Connect & OAuth 2.0 API", its guides "Customize tokens with a groups claim" and "Authorization
servers". Often missed: the endpoints of the organization's server are below ``/oauth2/v1`` and its issuer is
not; the ID token has no profile when there is an access token; the organization's server sends groups for the scope
``groups``, and a custom server does not know that scope; a groups claim has 100 names at most; the subject of a custom
server's access token is the login and not the user's ID.
"""

from __future__ import annotations

from typing import Any

from .openid_provider import Call, FakeProvider, IDTokenDraft, Refused, Registration, Reply
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints
from .traffic import Traffic

GROUPS_LIMIT = 100
CLAIMS = {
    "profile": {"preferred_username", "name", "given_name", "family_name", "locale", "zoneinfo", "updated_at"},
    "email": {"email", "email_verified"},
}
NOT_ASSIGNED = "User is not assigned to the client application."
NO_POLICY = "Policy evaluation failed for this request, please check the policy configurations."


class FakeOkta(Traffic, FakeProvider):
    """See the module's docstring. `custom` is the ID of a custom authorization server."""

    def __init__(self, custom: str = "") -> None:
        super().__init__()
        self.custom = custom
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"openid", "profile", "email", "offline_access", *(() if custom else ("groups",))}
        self.announce_iss = False
        self.user_claims_in_id_token = True
        self.has_policy = True
        self.groups_in = {"userinfo"}  # where the groups claim is set up: userinfo, id_token, or neither
        self.groups_claim = "groups"
        self.users = {
            "alice": _user("00u1alice", "alice", ["Everyone", "staff"]),
            "bob": _user("00u2bob", "bob", ["Everyone"]),
            "carol": _user("00u3carol", "carol", ["Everyone"]),
        }
        self.assigned = set(self.users)

    async def __aenter__(self) -> FakeOkta:
        await super().__aenter__()
        self.issuer = f"{self.origin}/oauth2/{self.custom}" if self.custom else self.origin
        return self

    @property
    def _base(self) -> str:
        return f"/oauth2/{self.custom}/v1" if self.custom else "/oauth2/v1"

    def endpoints(self) -> Endpoints:
        below = f"/oauth2/{self.custom}" if self.custom else ""
        return {
            f"{below}/.well-known/openid-configuration": ("metadata", self._metadata),
            f"{self._base}/keys": ("jwks", self._published_keys),
            f"{self._base}/authorize": ("authorize", self._authorize),
            f"{self._base}/token": ("token", self._token),
            f"{self._base}/userinfo": ("userinfo", self._userinfo),
            f"{self._base}/revoke": ("revoke", self._revoke),
            f"{self._base}/logout": ("end_session", self._end_session),
        }

    async def _metadata(self, call: Call) -> Reply:
        urls = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "keys",
            "revocation_endpoint": "revoke",
            "end_session_endpoint": "logout",
        }
        return Reply(
            json={
                "issuer": self.issuer,
                **{name: f"{self.origin}{self._base}/{path}" for name, path in urls.items()},
                "response_types_supported": ["code", "id_token", "code id_token"],
                "response_modes_supported": ["query", "fragment", "form_post", "okta_post_message"],
                "grant_types_supported": ["authorization_code", "implicit", "refresh_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": sorted(self.client.scopes),
                "token_endpoint_auth_methods_supported": [
                    *("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none")
                ],
                "code_challenge_methods_supported": ["S256"],
                "request_parameter_supported": True,
            }
        )

    def _issue_code(self, client: Registration, user: str | None, fields: dict[str, str]) -> str:
        if user in self.users and user not in self.assigned:
            raise Refused("access_denied", NOT_ASSIGNED)
        if self.custom and not self.has_policy:
            raise Refused("access_denied", NO_POLICY)
        return super()._issue_code(client, user, fields)

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        self.issue_refresh_tokens = "offline_access" in grant.scope
        reply = super()._issue_tokens(grant)
        opaque = reply["access_token"]
        reply["access_token"] = self._jwt_access_token(grant, opaque)
        self._access_tokens[reply["access_token"]] = self._access_tokens.pop(opaque)
        if "id_token" in reply:
            reply["id_token"] = self._id_token(grant, reply["access_token"])
        self.secrets.update(reply[name] for name in ("access_token", "id_token") if name in reply)
        return reply

    def _user_claims(self, grant: Grant, *, of: str = "id_token") -> dict[str, Any]:
        """The claims in the ID token, or those `of` ``userinfo``. With an access token, the former has no profile."""
        user = self.users[grant.user]
        scopes = set(grant.scope) if of == "userinfo" else set()
        asked = {"sub"}.union(*(CLAIMS.get(scope, set()) for scope in scopes))
        claims = {name: value for name, value in user.items() if name in asked}
        if of in self.groups_in and (self.custom or "groups" in grant.scope):
            claims[self.groups_claim] = user["groups"][:GROUPS_LIMIT]
        return claims

    async def _userinfo(self, call: Call) -> Reply:
        reply = await super()._userinfo(call)
        grant = self._access_tokens[call.headers["authorization"].partition(" ")[2]]
        reply.json = self._user_claims(grant, of="userinfo")
        return reply

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        reply = super()._refusal_reply(call, refusal)
        if call.endpoint == "userinfo" and refusal.status == 401:
            reply.headers["WWW-Authenticate"] = f'Bearer error="{refusal.error}", error_description="{refusal.why}"'
        return reply

    def _jwt_access_token(self, grant: Grant, token_id: str) -> str:
        now = int(self.clock())
        user = self.users[grant.user]
        claims = {
            "ver": 1,
            "jti": token_id,
            "iss": self.issuer,
            "aud": f"api://{self.custom}" if self.custom else self.origin,
            "iat": now,
            "exp": now + self.access_token_lifetime,
            "cid": grant.client_id,
            "uid": user["sub"],
            "scp": grant.scope,
            "sub": user["preferred_username"],
        }
        header = {"alg": self.keys.algorithm, "kid": self.keys.current.kid}
        return IDTokenDraft(header, claims, self.keys.current).serialize()


def _user(subject: str, name: str, groups: list[str]) -> dict[str, Any]:
    return {
        "sub": subject,
        "preferred_username": f"{name}@example.org",
        "name": f"{name.title()} Example",
        "given_name": name.title(),
        "family_name": "Example",
        "locale": "en-US",
        "zoneinfo": "America/Los_Angeles",
        "updated_at": 1_780_000_000,
        "email": f"{name}@example.org",
        "email_verified": True,
        "groups": groups,
    }
