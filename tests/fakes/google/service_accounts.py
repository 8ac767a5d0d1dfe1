"""Service accounts: keys, the JWT-bearer grant (RFC 7523), and the user for which an access token acts."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_hex, token_urlsafe
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from tests.fakes.openid_provider import Refused, Reply, rules
from tests.fakes.openid_provider.keys import named_key

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GROUPS_SCOPE = "https://www.googleapis.com/auth/admin.directory.group.readonly"
LIBRARY_AUDIENCE = "https://oauth2.googleapis.com/token"  # what Google's own library signs for, wherever it sends it
LONGEST = 3600
LEEWAY = 300


@dataclass(frozen=True)
class ServiceToken:
    """An access token of a service account, which acts for `subject` (itself, if it was made for no other account)."""

    subject: str
    scope: frozenset[str]
    expires_at: float


class ServiceAccounts:
    """The part of `FakeGoogle` that knows service accounts.

    `delegations` has the scopes for which an account may act for everybody in the domain; an account that is not there
    has no domain-wide delegation. `refuse_service_accounts` is an error code that every one of them gets.
    """

    users: dict[str, dict[str, Any]]
    secrets: set[str]
    clock: Callable[[], float]
    token_endpoint: str

    def __init__(self) -> None:
        self.delegations: dict[str, set[str]] = {}
        self.refuse_service_accounts = ""
        self.service_token_lifetime = 3599
        self.assertions: list[dict[str, Any]] = []  # the claims of the accepted assertions
        self._service_keys: dict[str, dict[str, RSAKey]] = {}
        self._service_tokens: dict[str, ServiceToken] = {}

    # -- what tests do

    def service_account_key(self, client_email: str = "hub@my-project.iam.gserviceaccount.com") -> dict[str, Any]:
        """A new key of a service account, as the file that Google gives out once; delegation comes along."""
        key_id = token_hex(20)
        key = named_key("RS256", 100 + len(self._service_keys), key_id)
        assert isinstance(key, RSAKey)
        self._service_keys.setdefault(client_email, {})[key_id] = key
        self.delegations.setdefault(client_email, {GROUPS_SCOPE})
        pem = key.as_pem(private=True).decode()
        self.secrets.add(pem)
        return {
            "type": "service_account",
            "project_id": "my-project",
            "private_key_id": key_id,
            "private_key": pem,
            "client_email": client_email,
            "client_id": "100000000000000000001",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": self.token_endpoint,
            "universe_domain": "googleapis.com",
        }

    def forget_service_tokens(self) -> None:
        """All access tokens of service accounts are good no more."""
        self._service_tokens.clear()

    # -- the grant

    def _redeem_assertion(self, fields: Mapping[str, str]) -> Reply:
        rules.check_fields(fields, {"grant_type", "assertion"}, set())
        self.secrets.add(fields["assertion"])
        claims = self._verified(fields["assertion"])
        account, subject = claims["iss"], claims.get("sub", claims["iss"])
        scope = frozenset(claims["scope"].split(" "))
        if self.refuse_service_accounts:
            raise Refused(self.refuse_service_accounts, "the provider was told to refuse", status=401)
        if subject != account:
            if not scope <= self.delegations.get(account, set()):
                why = "client not authorized for any of the scopes requested"
                raise Refused("unauthorized_client", why, status=401)
            if not any(user["email"] == subject and "hd" in user for user in self.users.values()):
                raise Refused("invalid_grant", "Invalid email or User ID")
        self.assertions.append(claims)
        token = f"ya29.service-{token_urlsafe(24)}"
        self.secrets.add(token)
        self._service_tokens[token] = ServiceToken(subject, scope, self.clock() + self.service_token_lifetime)
        return Reply(
            json={"access_token": token, "expires_in": self.service_token_lifetime, "token_type": "Bearer"},
        )

    def _verified(self, assertion: str) -> dict[str, Any]:
        """The claims, when everything about the assertion is right (RFC 7523 §3, and Google's page on it)."""
        try:
            header, payload = (json.loads(_decoded(part)) for part in assertion.split(".")[:2])
            account, key_id = payload["iss"], header["kid"]
        except (ValueError, KeyError, TypeError) as error:
            raise Refused("invalid_grant", "Invalid JWT: no header with kid, or no iss") from error
        if header.get("alg") != "RS256" or header.get("typ", "JWT") != "JWT":
            raise Refused("invalid_grant", "Invalid JWT: alg must be RS256, typ must be JWT")
        key = self._service_keys.get(account, {}).get(key_id)
        if account not in self._service_keys:
            raise Refused("invalid_grant", "Invalid grant: account not found")
        if key is None:
            raise Refused("invalid_grant", "Invalid JWT Signature: no such key of this account")
        try:
            jws.deserialize_compact(assertion, key, algorithms=["RS256"])
        except (JoseError, ValueError) as error:
            raise Refused("invalid_grant", "Invalid JWT Signature.") from error
        self._check_claims(payload)
        return payload

    def _check_claims(self, claims: Mapping[str, Any]) -> None:
        stray = sorted(set(claims) - {"iss", "sub", "scope", "aud", "iat", "exp"})
        if stray:
            raise Refused("invalid_grant", f"Invalid JWT: stray claims {stray}")
        if claims.get("aud") not in (self.token_endpoint, LIBRARY_AUDIENCE):
            raise Refused("invalid_grant", "Invalid JWT: aud is not the token endpoint's URL")
        now, iat, exp = self.clock(), claims.get("iat"), claims.get("exp")
        if type(iat) is not int or type(exp) is not int or not 0 < exp - iat <= LONGEST:
            raise Refused("invalid_grant", "Invalid JWT: iat and exp must be whole numbers, at most an hour apart")
        if not iat - LEEWAY <= now < exp:
            raise Refused("invalid_grant", "Invalid JWT: not in a reasonable timeframe: check iat and exp")
        scope = claims.get("scope")
        if not isinstance(scope, str) or not scope or "" in scope.split(" "):
            raise Refused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
