"""The provider's checks of DPoP proofs (RFC 9449), of resource indicators (RFC 8707), and token introspection (RFC 7662).

Off until a test says otherwise: `Proofs.mode` is ``offered`` or ``required``. Proofs are read with PyJWT, which the Hub
does not use.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl

import jwt

from . import rules
from .keys import base64url
from .records import Call, Grant, Reply
from .rules import Refused, Registration

LIFETIME = 60  # seconds for which a proof is good


class ProofRefused(Refused):
    """A proof breaks a rule, or there is none. `nonce` is sent along."""

    def __init__(self, why: str, *, error: str = "invalid_dpop_proof", nonce: str = "") -> None:
        super().__init__(error, why)
        self.nonce = nonce


def thumbprint(jwk: dict[str, str]) -> str:
    """RFC 7638 §3.2, of a key on an elliptic curve."""
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"), sort_keys=True)
    return base64url(sha256(members.encode()).digest())


class Proofs:
    """What the provider demands of proofs, and how it misbehaves. All attributes are knobs."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.mode = ""  # "", "offered", "required"
        self.algorithms = ["ES256"]
        self.nonces = False  # every proof must have the latest nonce
        self.issues_bearer = False  # ignores the proofs
        self.token_type = "DPoP"
        self.endless = False  # no nonce is ever the right one
        self.takes_any_nonce = False
        self.nonce_form: Callable[[str], str] = lambda nonce: nonce  # how a nonce is sent
        self.seen: set[str] = set()  # identifiers of proofs
        self.keys: set[str] = set()  # thumbprints
        self._nonces: dict[str, str] = {}

    def new_nonce(self, server: str) -> str:
        """From now on only this one is good, at this server."""
        self._nonces[server] = f"nonce-{token_urlsafe(9)}"
        return self._nonces[server]

    def check(self, call: Call, url: str, server: str, access_token: str | None = None) -> str:
        """The thumbprint of the proof's key; empty when there is no proof."""
        proof = call.headers.get("dpop")
        if proof is None:
            return ""
        if "," in proof:
            raise ProofRefused("several proofs")
        header = jwt.get_unverified_header(proof)
        jwk = header.get("jwk")
        if header.get("typ") != "dpop+jwt" or header.get("alg") not in self.algorithms:
            raise ProofRefused("typ or alg")
        if not isinstance(jwk, dict) or not {"kty", "crv", "x", "y"} <= set(jwk) or "d" in jwk:
            raise ProofRefused("jwk is not a public key on a curve")
        try:
            key = jwt.PyJWK(jwk, algorithm=header["alg"]).key
            claims = jwt.decode(
                proof, key, algorithms=self.algorithms, options={"verify_iat": False, "require": ["jti", "iat"]}
            )
        except jwt.PyJWTError as error:
            raise ProofRefused(f"not a proof: {error}") from error
        self._check_claims(call, claims, url, access_token)
        if self.nonces:
            expected = self._nonces.get(server) or self.new_nonce(server)
            if claims.get("nonce") != expected or self.endless:
                raise ProofRefused("another nonce", error="use_dpop_nonce", nonce=expected)
        elif "nonce" in claims and not self.takes_any_nonce:
            raise ProofRefused("an unknown nonce")
        self.keys.add(thumbprint(jwk))
        return thumbprint(jwk)

    def _check_claims(self, call: Call, claims: dict[str, Any], url: str, access_token: str | None) -> None:
        if not isinstance(claims["jti"], str) or len(claims["jti"]) < 16 or claims["jti"] in self.seen:
            raise ProofRefused("jti is short, or was used before")
        self.seen.add(claims["jti"])
        if type(claims["iat"]) is not int or abs(claims["iat"] - self.clock()) > LIFETIME:
            raise ProofRefused("iat is too far away")
        if claims.get("htm") != call.method or claims.get("htu") != url:
            raise ProofRefused(f"htm or htu: {claims.get('htm')} {claims.get('htu')}")
        if access_token is None:
            if "ath" in claims:
                raise ProofRefused("ath, and no token")
        elif claims.get("ath") != base64url(sha256(access_token.encode()).digest()):
            raise ProofRefused("ath is of another token")


class BindsTokens:
    """The part of `FakeProvider` that binds tokens to keys and resources, and introspects them."""

    issuer: str
    mtls_origin: str
    proofs: Proofs
    clients: dict[str, Registration]
    users: dict[str, dict[str, Any]]
    allowed_resources: set[str]
    introspects: bool
    introspection_extras: dict[str, Any]
    clock: Callable[[], float]
    _access_tokens: dict[str, Grant]

    def _url_of(self, call: Call) -> str:
        """Where a request went: a client with a certificate uses the aliases (RFC 8705 §5)."""
        return f"{self.mtls_origin if call.certificate else self.issuer}{call.path}"

    def key_of_token_request(self, call: Call, grant_type: str) -> str:
        """The thumbprint to which new tokens are bound; empty: none."""
        if not self.proofs.mode:
            return ""  # a server without DPoP ignores the header
        key = self.proofs.check(call, self._url_of(call), "authorization")
        if not key and self.proofs.mode == "required" and grant_type == "authorization_code":
            raise ProofRefused("no proof")
        return key

    def check_key(self, grant: Grant, key: str, client: Registration) -> None:
        """RFC 9449 §5 and §10: the key that the authorization request announced, and that of a public client's grant."""
        if grant.announced_key and grant.announced_key != key:
            raise Refused("invalid_grant", "dpop_jkt was of another key")
        if client.auth_method == "none" and grant.key and grant.key != key:
            raise Refused("invalid_grant", "the refresh token is bound to another key")

    def bound_grant_of(self, call: Call, scheme: str, token: str) -> Grant | None:
        """The grant of a resource request, if the token is of the scheme with which it was sent."""
        grant = self._access_tokens.get(token)
        if grant is None or (scheme == "DPoP") != bool(grant.key):
            return None
        if grant.key and self.proofs.check(call, self._url_of(call), "resource", token) != grant.key:
            raise ProofRefused("the token is bound to another key")
        return grant

    def refusal_of_proof(self, call: Call, refusal: ProofRefused) -> Reply:
        """RFC 9449 §7.1, §8 and §9."""
        reply = Reply(400, {"error": refusal.error, "error_description": refusal.why})
        if call.endpoint == "userinfo":
            challenge = f'DPoP error="{refusal.error}", algs="{" ".join(self.proofs.algorithms)}"'
            reply = Reply(401, {}, headers={"Content-Type": "application/json", "WWW-Authenticate": challenge})
        if refusal.nonce:
            reply.headers["DPoP-Nonce"] = self.proofs.nonce_form(refusal.nonce)
        return reply

    def take_resources(self, text: str) -> tuple[str, list[str]]:
        """A form without its resources, and these (RFC 8707 §2)."""
        pairs = parse_qsl(text, keep_blank_values=True)
        resources = [value for name, value in pairs if name == "resource"]
        if not set(resources) <= self.allowed_resources or any("#" in uri or ":" not in uri for uri in resources):
            raise Refused("invalid_target", "resource is not one of mine")
        rest = "&".join(part for part in text.split("&") if not part.startswith("resource="))
        return rest, resources

    async def _introspect(self, call: Call) -> Reply:
        """RFC 7662 §2."""
        rules.check_form_request(call.method, call.query, call.headers)
        rules.check_accept(call.headers)
        fields = call.fields = rules.decode_fields(call.body, "the introspection request")
        client = await self.authenticate(call, fields)
        if client.auth_method == "none":
            raise Refused("invalid_client", "introspection needs client authentication", status=401)
        rules.check_fields(fields, {"token"} | rules.CLIENT_FIELDS[client.auth_method], {"token_type_hint"})
        grant = self._access_tokens.get(fields["token"])
        if grant is None or grant.expires_at < self.clock() or grant.client_id != client.client_id:
            return Reply(json={"active": False})
        about = {
            "active": True,
            "iss": self.issuer,
            "sub": self.users[grant.user]["sub"],
            "client_id": grant.client_id,
            "username": grant.user,
            "scope": " ".join(grant.scope),
            "exp": int(grant.expires_at),
            "token_type": "DPoP" if grant.key else "Bearer",
            **({"cnf": {"jkt": grant.key}} if grant.key else {}),
        }
        merged = {**about, **self.introspection_extras}
        return Reply(json={name: value for name, value in merged.items() if value is not None})
