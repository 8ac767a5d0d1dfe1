"""GitLab's OAuth and OpenID Connect, where they differ from those of the strict OpenID provider.

From "OAuth 2.0 identity provider API" and "GitLab as OpenID Connect identity provider" of docs.gitlab.com. What GitLab
leaves to the client (PKCE, state, nonce) is demanded here, as at the OpenID provider.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from secrets import token_hex, token_urlsafe
from typing import Any

from tests.fakes.openid_provider import FakeProvider, rules
from tests.fakes.openid_provider.keys import IDTokenDraft
from tests.fakes.openid_provider.records import Call, Grant, Reply
from tests.fakes.openid_provider.rules import Refused, Registration

from .access import Access
from .views import Views
from .world import DEVELOPER, GUEST, MAINTAINER, OWNER, User, World

SCOPES = ("api", "read_api", "read_user", "openid", "profile", "email", "write_repository")
CLAIMS = (
    "sub_legacy",
    "name",
    "nickname",
    "preferred_username",
    "email",
    "email_verified",
    "website",
    "profile",
    "picture",
    "groups",
    "groups_direct",
)
LEVEL_CLAIMS = {"owner": OWNER, "maintainer": MAINTAINER, "developer": DEVELOPER}
SECONDS_OF_ID_TOKEN = 120


class GitLabOAuth(FakeProvider):
    """The part of `FakeGitLab` that lets users in, hands out tokens and says who they are."""

    world: World
    access: Access
    views: Views
    claims_withheld: set[str]

    # -- what tests do

    def token_for(self, username: str, *scopes: str) -> str:
        """An access token without the walk through the browser."""
        user = self.world.users[username]
        grant = Grant(self.client.client_id, str(user.id), list(scopes), token_urlsafe(12))
        return self._issue_tokens(grant)["access_token"]

    # -- endpoints

    async def _metadata(self, call: Call) -> Reply:
        rules.check_accept(call.headers)
        oauth = f"{self.issuer}/oauth"
        levels = [f"https://gitlab.org/claims/groups/{name}" for name in LEVEL_CLAIMS]
        return Reply(
            json={
                "issuer": self.issuer,
                "authorization_endpoint": f"{oauth}/authorize",
                "token_endpoint": f"{oauth}/token",
                "revocation_endpoint": f"{oauth}/revoke",
                "introspection_endpoint": f"{oauth}/introspect",
                "userinfo_endpoint": f"{oauth}/userinfo",
                "jwks_uri": f"{oauth}/discovery/keys",
                "scopes_supported": list(SCOPES),
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "grant_types_supported": ["authorization_code", "password", "client_credentials", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [self.keys.algorithm],
                "claim_types_supported": ["normal"],
                "claims_supported": ["iss", "sub", "aud", "exp", "iat", *CLAIMS, *levels],
                "code_challenge_methods_supported": ["plain", "S256"],
            }
        )

    async def _token_info(self, call: Call) -> Reply:
        """`GET /oauth/token/info`: whose token it is, what for, and for how long."""
        grant = self._bearer(call)
        left = max(0, int(grant.expires_at - self.clock()))
        return Reply(
            json={
                "resource_owner_id": int(grant.user),
                "scope": grant.scope,
                "expires_in": left,
                "application": {"uid": grant.client_id},
                "created_at": int(grant.expires_at - self.access_token_lifetime),
                "scopes": grant.scope,
                "expires_in_seconds": left,
            }
        )

    async def _userinfo(self, call: Call) -> Reply:
        if call.method != "GET" or call.query:
            raise Refused("invalid_request", "userinfo is a GET without a query (RFC 9700 §4.3.2)")
        rules.check_accept(call.headers)
        grant = self._bearer(call)
        if "openid" not in grant.scope:
            raise Refused("insufficient_scope", "the scope openid is needed", status=403)
        user = self._active_user(grant)
        if user is None:
            raise Refused("invalid_token", "the account is not active", status=401)
        direct = {name: self._paths(user, level) for name, level in LEVEL_CLAIMS.items()}
        below = sorted(group.full_path for group in self.access.groups_with_level(user, GUEST))
        levels = {f"https://gitlab.org/claims/groups/{name}": paths for name, paths in direct.items() if paths}
        return Reply(
            json=self._offered({"sub": str(user.id), **self._claims_of(user, grant), "groups": below, **levels})
        )

    def _bearer(self, call: Call) -> Grant:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self._access_tokens.get(token)
        if scheme.lower() != "bearer" or grant is None or grant.expires_at < self.clock():
            raise Refused("invalid_token", "The access token is invalid", status=401)
        return grant

    # -- codes and tokens

    def _issue_code(self, client: Registration, user: str | None, fields: dict[str, str]) -> str:
        known = self.world.users.get(user or "")
        if known is not None and known.state != "active":
            raise Refused("login_required", "this account cannot sign in")
        if not fields.get("scope"):
            raise Refused("invalid_scope", "no scope is asked for")
        code = super()._issue_code(client, user, fields)
        if known is not None:
            self._codes[code].user = str(known.id)  # the account, whatever it is called by then
        return code

    def _redeem_refresh_token(self, client: Registration, fields: dict[str, str]) -> Grant:
        """Ends the old pair of tokens. Using the old one again is refused, and leaves the new pair alone."""
        grant = self._refresh_tokens.get(fields["refresh_token"])
        if grant is None or grant.client_id != client.client_id:
            raise Refused("invalid_grant", "The provided authorization grant is invalid, expired, revoked, …")
        narrowed = rules.check_scope(fields.get("scope", " ".join(grant.scope)), grant.scope)
        self._revoke_family(grant.family)
        return Grant(grant.client_id, grant.user, narrowed, grant.family, sid=grant.sid)

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        now = self.clock()
        lasting = Grant(grant.client_id, grant.user, grant.scope, grant.family)
        reply: dict[str, Any] = {
            "access_token": token_hex(32),
            "token_type": "Bearer",
            "expires_in": self.access_token_lifetime,
            "scope": " ".join(grant.scope),
            "created_at": int(now),
        }
        self._access_tokens[reply["access_token"]] = replace(lasting, expires_at=now + self.access_token_lifetime)
        if self.issue_refresh_tokens:
            reply["refresh_token"] = token_hex(32)
            self._refresh_tokens[reply["refresh_token"]] = lasting
        if "openid" in grant.scope:
            reply["id_token"] = self._id_token(grant, reply["access_token"])
        self.secrets.update(reply[name] for name in ("access_token", "refresh_token", "id_token") if name in reply)
        return reply

    def _id_token(self, grant: Grant, access_token: str) -> str:
        user = self._user_of(grant)
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "sub": grant.user,
            "aud": grant.client_id,
            "exp": now + SECONDS_OF_ID_TOKEN,
            "iat": now,
            "auth_time": now - 5,
            **({} if grant.nonce is None else {"nonce": grant.nonce}),
            **({} if user is None else self._claims_of(user, grant)),
            **({} if user is None else {"groups_direct": sorted(self._paths(user))}),
        }
        header = {"typ": "JWT", "kid": self.keys.current.kid, "alg": self.keys.algorithm}
        draft = IDTokenDraft(header, self._offered(claims), self.keys.current)
        self.faults.apply("id_token", self, draft)
        return draft.serialize()

    # -- claims

    def _claims_of(self, user: User, grant: Grant) -> dict[str, Any]:
        """The primary address with the scope `email`; without it the public one, if there is one."""
        claims = {
            "sub_legacy": hashlib.sha256(f"{user.id}-legacy".encode()).hexdigest(),
            "name": user.name,
            "nickname": user.username,
            "preferred_username": user.username,
            "profile": f"{self.issuer}/{user.username}",
            "picture": self.views.avatar(user),
        }
        if "email" in grant.scope:
            claims |= {"email": user.email, "email_verified": user.confirmed}
        elif user.public_email:
            verified = {user.email: user.confirmed, **{more.email: more.confirmed_at for more in user.emails}}
            claims |= {"email": user.public_email, "email_verified": bool(verified.get(user.public_email))}
        return claims

    def _paths(self, user: User, level: int | None = None) -> list[str]:
        """Full paths of direct memberships; with a level, of those at exactly this one."""
        above = [] if level is None else self.access.direct_groups(user, level + 1)
        groups = self.access.direct_groups(user, level or GUEST)
        return [group.full_path for group in groups if group not in above]

    def _offered(self, claims: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in claims.items() if name not in self.claims_withheld}

    def _user_of(self, grant: Grant) -> User | None:
        return self.world.user_by_id(int(grant.user))

    def _active_user(self, grant: Grant) -> User | None:
        user = self._user_of(grant)
        return user if user is not None and user.state == "active" else None
