"""A strict Auth0: the OpenID provider of `tests.fakes.openid_provider`, with what is particular to Auth0.

::

    async with FakeAuth0() as auth0:
        auth0.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        auth0.organizations["org_1"] = ("lab", {"alice"})   # its name and its members

Sources: Auth0's documentation, "Authentication API", "Organizations", "User Profile Claims and Scope", "Refresh Token
Rotation". Often missed: the issuer ends with a slash; a custom claim is dropped unless its name is a URL;
one address may belong to accounts of several connections; a user who is not a member of the organization is refused;
refresh tokens need the scope offline_access.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from .openid_provider import Call, FakeProvider, Refused, Registration, Reply, rules
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints
from .traffic import Traffic

STANDARD_CLAIMS = {
    "profile": {"name", "nickname", "given_name", "family_name", "picture", "updated_at"},
    "email": {"email", "email_verified"},
}


class FakeAuth0(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"openid", "profile", "email", "offline_access"}
        self.announce_iss = False
        self.organizations: dict[str, tuple[str, set[str]]] = {}
        self.users = {
            "alice": _user("auth0|0a1b", "alice", "alice@example.org"),
            "bob": _user("google-oauth2|1177", "bob", "bob@example.org"),
            "carol": _user("auth0|2c3d", "carol", "carol@example.org", email_verified=False),
        }
        self._organization_of: dict[str, str] = {}

    async def __aenter__(self) -> FakeAuth0:
        await super().__aenter__()
        self.issuer = f"{self.origin}/"
        return self

    def endpoints(self) -> Endpoints:
        return {
            "/.well-known/openid-configuration": ("metadata", self._metadata),
            "/.well-known/jwks.json": ("jwks", self._published_keys),
            "/authorize": ("authorize", self._authorize),
            "/oauth/token": ("token", self._token),
            "/userinfo": ("userinfo", self._userinfo),
            "/oauth/revoke": ("revoke", self._revoke),
        }

    async def _metadata(self, call: Call) -> Reply:
        return Reply(
            json={
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.origin}/authorize",
                "token_endpoint": f"{self.origin}/oauth/token",
                "userinfo_endpoint": f"{self.origin}/userinfo",
                "revocation_endpoint": f"{self.origin}/oauth/revoke",
                "jwks_uri": f"{self.origin}/.well-known/jwks.json",
                "response_types_supported": ["code", "token", "id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],
                "scopes_supported": sorted(self.client.scopes),
                "code_challenge_methods_supported": ["S256", "plain"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            }
        )

    async def _token(self, call: Call) -> Reply:
        return await super()._token(self._as_form(call))

    async def _revoke(self, call: Call) -> Reply:
        return await super()._revoke(self._as_form(call))

    def _as_form(self, call: Call) -> Call:
        """Auth0 takes JSON in place of a form, as its own libraries send it."""
        if self.is_lenient and call.headers.get("content-type", "").startswith("application/json"):
            call.body = urlencode(json.loads(call.body))
            call.headers["content-type"] = rules.FORM
        return call

    def _issue_code(self, client: Registration, user: str | None, fields: dict[str, str]) -> str:
        organization = fields.get("organization", "")
        if organization:
            found = [key for key, (name, _) in self.organizations.items() if organization in (key, name)]
            if not found:
                raise Refused("invalid_request", f"parameter organization is invalid: {organization}")
            if user not in self.organizations[found[0]][1]:
                raise Refused("access_denied", f"user is not part of the {found[0]} organization")
        code = super()._issue_code(client, user, fields)
        if organization:
            self._organization_of[self._codes[code].family] = found[0]
        return code

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        self.issue_refresh_tokens = "offline_access" in grant.scope
        return super()._issue_tokens(grant)

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        asked = {"sub"}.union(*(STANDARD_CLAIMS.get(scope, set()) for scope in grant.scope))
        claims = {
            name: value
            for name, value in self.users[grant.user].items()
            if name in asked or name.startswith(("https://", "http://"))
        }
        organization = self._organization_of.get(grant.family)
        if organization is not None:
            claims |= {"org_id": organization, "org_name": self.organizations[organization][0]}
        return claims


def _user(subject: str, nickname: str, email: str, *, email_verified: bool = True) -> dict[str, Any]:
    return {
        "sub": subject,
        "nickname": nickname,
        "name": f"{nickname.title()} Example",
        "picture": f"https://cdn.example/{nickname}.png",
        "email": email,
        "email_verified": email_verified,
        "updated_at": "2026-01-02T03:04:05.000Z",
        "https://hub.example.org/roles": ["staff"] if nickname == "alice" else [],
        "roles": ["never sent: the name is no URL"],
    }
