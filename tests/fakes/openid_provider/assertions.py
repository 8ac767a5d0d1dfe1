"""Client authentication by a signed JWT (RFC 7523), strictly, with PyJWT: what a provider of the strictest kind accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
from joserfc.jwk import Key

from .rules import Refused, Registration

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 60
ALGORITHMS = {
    "private_key_jwt": ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"],
    "client_secret_jwt": ["HS256", "HS384", "HS512"],
}


@dataclass
class Federation:
    """A platform whose tokens stand for the client."""

    issuer: str
    subject: str
    audience: str
    key: Any  # its public key, for PyJWT


class Assertions:
    """A part of the provider."""

    issuer: str
    clock: Any
    client: Registration
    auth_methods: list[str]
    assertion_audience = ""  # empty: the issuer
    assertion_typ = "client-authentication+jwt"
    assertion_algorithms: list[str] | None = None  # announced in the metadata

    def __init__(self) -> None:
        super().__init__()
        self.used_jti: set[str] = set()
        self.keeps_client_keys = False  # does not fetch the keys again that it has
        self._client_keys: dict[str, list[dict[str, Any]]] = {}

    def register_keys(self, *keys: Key) -> None:
        """Know these public keys of the client, and authenticate clients only by them."""
        self.client.auth_method = "private_key_jwt"
        self.client.jwks = [{**key.as_dict(private=False), "kid": key.thumbprint()} for key in keys]
        self.auth_methods = ["private_key_jwt"]

    async def check_assertion(self, fields: Mapping[str, str], client: Registration) -> None:
        """Refuse the request unless its assertion is by `client`, for this provider, now, and new."""
        if fields.get("client_assertion_type") != ASSERTION_TYPE:
            raise Refused("invalid_client", "client_assertion_type is not that of a JWT", status=401)
        token = fields.get("client_assertion", "")
        try:
            header = jwt.get_unverified_header(token)
            payload = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError as error:
            raise Refused("invalid_client", "client_assertion is not a JWT", status=401) from error
        if client.federation is not None:
            self._check_federated(token, client.federation)
            return
        if header.get("typ") != self.assertion_typ:
            raise Refused("invalid_client", f"typ is {header.get('typ')}", status=401)
        algorithms = self.assertion_algorithms or ALGORITHMS[client.auth_method]
        if header["alg"] not in algorithms or header["alg"] not in ALGORITHMS[client.auth_method]:
            raise Refused("invalid_client", f"alg is {header['alg']}", status=401)
        if client.needs_certificate_header and header.get("x5t#S256") != client.needs_certificate_header:
            raise Refused("invalid_client", "x5t#S256 is not that of the registered certificate", status=401)
        key = await self._key_for(header, client)
        try:
            jwt.decode(token, key, algorithms=[header["alg"]], options={"verify_aud": False, "verify_exp": False,
                       "verify_nbf": False, "verify_iat": False})  # fmt: skip
        except jwt.PyJWTError as error:
            raise Refused("invalid_client", "the signature is wrong", status=401) from error
        self._check_claims(payload, client)

    def _check_claims(self, payload: dict[str, Any], client: Registration) -> None:
        expected = {"iss", "sub", "aud", "jti", "iat", "nbf", "exp"}
        if set(payload) != expected:
            raise Refused("invalid_client", f"the claims are {sorted(payload)}", status=401)
        if (payload["iss"], payload["sub"]) != (client.client_id, client.client_id):
            raise Refused("invalid_client", "iss and sub are not the client", status=401)
        if payload["aud"] != (self.assertion_audience or self.issuer):  # one string, and no list
            raise Refused("invalid_client", f"aud is {payload['aud']}", status=401)
        now = self.clock()
        if not payload["nbf"] == payload["iat"] <= now < payload["exp"] <= payload["iat"] + LIFETIME:
            raise Refused("invalid_client", "iat, nbf or exp", status=401)
        if not isinstance(payload["jti"], str) or len(payload["jti"]) < 20 or payload["jti"] in self.used_jti:
            raise Refused("invalid_client", "jti is too short, or was used before", status=401)
        self.used_jti.add(payload["jti"])

    def _check_federated(self, token: str, federation: Federation) -> None:
        try:
            payload = jwt.decode(token, federation.key, ["RS256", "ES256"], audience=federation.audience,
                                 issuer=federation.issuer, options={"verify_exp": False})  # fmt: skip
        except jwt.PyJWTError as error:
            raise Refused("invalid_client", "not a token of the platform", status=401) from error
        if payload["sub"] != federation.subject or payload["exp"] <= self.clock():
            raise Refused("invalid_client", "a token of another workload, or of earlier", status=401)

    async def _key_for(self, header: Mapping[str, Any], client: Registration) -> Any:
        if client.auth_method == "client_secret_jwt":
            if "kid" in header:
                raise Refused("invalid_client", "a secret has no kid", status=401)
            return client.client_secret
        keys = [key for key in await self._keys_of(client) if key.get("kid") == header.get("kid")]
        if len(keys) != 1:
            raise Refused("invalid_client", "no such key of this client", status=401)
        return jwt.PyJWK(keys[0], header["alg"]).key

    async def _keys_of(self, client: Registration) -> list[dict[str, Any]]:
        if not client.jwks_uri:
            return list(client.jwks)
        if client.jwks_uri not in self._client_keys or not self.keeps_client_keys:
            async with aiohttp.ClientSession() as session, session.get(client.jwks_uri) as response:
                self._client_keys[client.jwks_uri] = (await response.json())["keys"]
        return self._client_keys[client.jwks_uri]
