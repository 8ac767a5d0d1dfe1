"""A strict Keycloak realm: the OpenID provider of `tests.fakes.openid_provider`, with what is particular to Keycloak.

::

    async with FakeKeycloak() as keycloak:
        keycloak.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        keycloak.users["alice"]["realm_roles"] = ["teacher"]
        keycloak.roles_in = {"userinfo"}               # the mappers of the client scope "roles"

Sources: Keycloak's "Server Administration Guide" and its "Upgrading guide" for version 25. Often missed: roles
are in the access token alone, unless the mappers say otherwise; the access token is a JWT that has a subject only
with the client scope "basic"; group names are paths with a slash in front; an ID token of a refresh has no nonce.
"""

from __future__ import annotations

from typing import Any

from .openid_provider import Call, FakeProvider, IDTokenDraft, Reply
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints
from .traffic import Traffic

REALM = "campus"
CLAIMS = {
    "profile": {"preferred_username", "name", "given_name", "family_name"},
    "email": {"email", "email_verified"},
}


class FakeKeycloak(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"openid", "profile", "email", "offline_access"}
        self.roles_in = {"access_token"}
        self.groups_mapper = True
        self.opaque_access_tokens = False
        self.users = {
            "alice": _user("0b0c6a4e-alice", "alice", realm_roles=["teacher"], groups=["/lab", "/lab/staff"]),
            "bob": _user("0b0c6a4e-bob", "bob", client_roles=["hub-user"], groups=["/students"]),
            "carol": _user("0b0c6a4e-carol", "carol", groups=[]),
        }

    async def __aenter__(self) -> FakeKeycloak:
        await super().__aenter__()
        self.issuer = f"{self.origin}/realms/{REALM}"
        return self

    @property
    def _protocol(self) -> str:
        return f"/realms/{REALM}/protocol/openid-connect"

    def endpoints(self) -> Endpoints:
        return {
            f"/realms/{REALM}/.well-known/openid-configuration": ("metadata", self._metadata),
            f"{self._protocol}/certs": ("jwks", self._published_keys),
            f"{self._protocol}/auth": ("authorize", self._authorize),
            f"{self._protocol}/token": ("token", self._token),
            f"{self._protocol}/userinfo": ("userinfo", self._userinfo),
            f"{self._protocol}/revoke": ("revoke", self._revoke),
            f"{self._protocol}/logout": ("end_session", self._end_session),
        }

    async def _metadata(self, call: Call) -> Reply:
        urls = {
            "authorization_endpoint": "auth",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "certs",
            "revocation_endpoint": "revoke",
            "end_session_endpoint": "logout",
        }
        return Reply(
            json={
                "issuer": self.issuer,
                **{name: f"{self.origin}{self._protocol}/{path}" for name, path in urls.items()},
                "backchannel_logout_supported": True,
                "backchannel_logout_session_supported": True,
                "frontchannel_logout_supported": True,
                "frontchannel_logout_session_supported": True,
                "response_types_supported": ["code", "none", "id_token"],
                "subject_types_supported": ["public", "pairwise"],
                "id_token_signing_alg_values_supported": ["PS256", "RS256", "ES256"],
                "scopes_supported": sorted(self.client.scopes),
                "code_challenge_methods_supported": ["plain", "S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "authorization_response_iss_parameter_supported": self.announce_iss,
            }
        )

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        reply = super()._issue_tokens(grant)
        if not self.opaque_access_tokens:
            opaque = reply["access_token"]
            reply["access_token"] = self._jwt_access_token(grant, opaque)
            self._access_tokens[reply["access_token"]] = self._access_tokens.pop(opaque)
            self.secrets.add(reply["access_token"])
            if "id_token" in reply:
                reply["id_token"] = self._id_token(grant, reply["access_token"])
                self.secrets.add(reply["id_token"])
        return {**reply, "session_state": "b1e0", "not-before-policy": 0}

    def _jwt_access_token(self, grant: Grant, token_id: str) -> str:
        now = int(self.clock())
        claims = {
            "exp": now + self.access_token_lifetime,
            "iat": now,
            "jti": token_id,
            "iss": self.issuer,
            "typ": "Bearer",
            "azp": grant.client_id,
            "sid": grant.sid,
            "scope": " ".join(grant.scope),
            **(self._roles(grant) if "access_token" in self.roles_in else {}),
        }
        header = {"alg": self.keys.algorithm, "typ": "JWT", "kid": self.keys.current.kid}
        return IDTokenDraft(header, claims, self.keys.current).serialize()

    def _roles(self, grant: Grant) -> dict[str, Any]:
        user = self.users[grant.user]
        found: dict[str, Any] = {"realm_access": {"roles": [*user["realm_roles"], "offline_access"]}}
        if user["client_roles"]:
            found["resource_access"] = {
                grant.client_id: {"roles": user["client_roles"]},
                "account": {"roles": ["manage-account"]},
            }
        return found

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        user = self.users[grant.user]
        asked = {"sub"}.union(*(CLAIMS.get(scope, set()) for scope in grant.scope))
        claims = {name: value for name, value in user.items() if name in asked}
        if self.groups_mapper:
            claims["groups"] = user["groups"]
        return claims | (self._roles(grant) if "userinfo" in self.roles_in else {})


def _user(subject: str, name: str, *, groups: list[str], **roles: list[str]) -> dict[str, Any]:
    return {
        "sub": subject,
        "preferred_username": name,
        "name": f"{name.title()} Example",
        "given_name": name.title(),
        "family_name": "Example",
        "email": f"{name}@example.org",
        "email_verified": True,
        "groups": groups,
        "realm_roles": roles.get("realm_roles", []),
        "client_roles": roles.get("client_roles", []),
    }
