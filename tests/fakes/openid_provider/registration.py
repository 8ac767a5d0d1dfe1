"""A provider that registers clients (RFC 7591, RFC 7592) and answers WebFinger (RFC 7033), strictly."""

from __future__ import annotations

import json
from base64 import b64decode
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import import_key

from . import rules
from .mutual_tls import thumbprint
from .records import Call, Reply
from .rules import Refused
from .server import FakeProvider
from .wire import Endpoints

ISSUER_RELATION = "http://openid.net/specs/connect/1.0/issuer"
TLS_METHODS = ("tls_client_auth", "self_signed_tls_client_auth")
URLS = ("initiate_login_uri", "backchannel_logout_uri", "frontchannel_logout_uri", "jwks_uri", "client_uri")
METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none", *TLS_METHODS)
SUBJECTS = tuple(f"tls_client_auth_{name}" for name in ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email"))
SET_BY_SERVER = ("registration_access_token", "registration_client_uri", "client_secret_expires_at")


class RegisteringFakeProvider(FakeProvider):
    """`FakeProvider` with two more endpoints. Knobs are plain attributes.

    `initial_access_token` is demanded unless it is empty. `accounts` are the WebFinger resources that are known.
    """

    def __init__(self) -> None:
        super().__init__()
        self.initial_access_token = ""
        self.secret_expires_at = 0
        self.manages = True  # RFC 7592
        self.registered: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, str] = {}
        self.accounts: set[str] = set()
        self.webfinger_issuer: str | None = None  # None: this provider's

    def endpoints(self) -> Endpoints:
        return {
            **super().endpoints(),
            "/register": ("register", self._register),
            "/register/{id}": ("manage", self._manage),
            "/.well-known/webfinger": ("webfinger", self._webfinger),
        }

    async def _metadata(self, call: Call) -> Reply:
        reply = await super()._metadata(call)
        return Reply(json={**reply.json, "registration_endpoint": f"{self.issuer}/register"})

    async def _register(self, call: Call) -> Reply:
        if call.method != "POST":
            raise Refused("invalid_request", "not POST", status=405)
        if self.initial_access_token and call.headers.get("authorization") != f"Bearer {self.initial_access_token}":
            raise Refused("invalid_token", "no initial access token", status=401)
        members = self._members(call)
        if {"client_id", "client_secret"} & members.keys():
            raise Refused("invalid_client_metadata", "the server chooses client_id and client_secret")
        client_id = f"client-{token_urlsafe(6)}"
        self.tokens[client_id] = token_urlsafe(24)
        self.secrets.add(self.tokens[client_id])
        return self._answer(client_id, members, 201)

    async def _manage(self, call: Call) -> Reply:
        client_id = call.path.rpartition("/")[2]
        token = self.tokens.get(client_id)
        if token is None or call.headers.get("authorization") != f"Bearer {token}":
            raise Refused("invalid_token", "not the registration access token", status=401)
        if call.method == "GET":
            return self._answer(client_id, self.registered[client_id], 200)
        if call.method == "DELETE":
            for known in (self.tokens, self.registered, self.clients):
                del known[client_id]
            return Reply(204, body=b"", headers={})
        if call.method != "PUT":
            raise Refused("invalid_request", "unknown method", status=405)
        members = self._members(call)
        if members.pop("client_id", "") != client_id:
            raise Refused("invalid_client_metadata", "client_id is missing, or another one")
        if members.pop("client_secret", None) not in (None, self.clients[client_id].client_secret):
            raise Refused("invalid_client_metadata", "another client_secret")
        self.tokens[client_id] = token_urlsafe(24)  # RFC 7592 §2.2: the server may replace it
        self.secrets.add(self.tokens[client_id])
        return self._answer(client_id, members, 200)

    def _members(self, call: Call) -> dict[str, Any]:
        if call.headers.get("content-type") != "application/json" or call.query:
            raise Refused("invalid_request", "not application/json, or a query")
        members = json.loads(call.body)
        if not isinstance(members, dict) or set(SET_BY_SERVER) & members.keys():
            raise Refused("invalid_client_metadata", "not an object, or with members of the server")
        uris = members.get("redirect_uris")
        if not isinstance(uris, list) or not uris or not all(_is_absolute(uri) for uri in uris):
            raise Refused("invalid_redirect_uri", "redirect_uris are missing, or not absolute URLs")
        for name in URLS:
            if name in members and not _is_absolute(members[name]):
                raise Refused("invalid_client_metadata", f"{name} is not an absolute URL")
        if members.get("token_endpoint_auth_method", "client_secret_basic") not in METHODS:
            raise Refused("invalid_client_metadata", "unknown token_endpoint_auth_method")
        if {"jwks", "jwks_uri"} <= members.keys():
            raise Refused("invalid_client_metadata", "both jwks and jwks_uri")
        _check_certificate(members)
        return members

    def _answer(self, client_id: str, members: dict[str, Any], status: int) -> Reply:
        method = members.get("token_endpoint_auth_method", "client_secret_basic")
        known = self.clients.get(client_id)
        secret = known.client_secret if known else f"secret-{token_urlsafe(24)}"
        self.register(
            client_id,
            secret,
            auth_method=method,
            redirect_uris=set(members["redirect_uris"]),
            post_logout_redirect_uris=set(members.get("post_logout_redirect_uris", ())),
            backchannel_logout_uri=members.get("backchannel_logout_uri", ""),
            frontchannel_logout_uri=members.get("frontchannel_logout_uri", ""),
            jwks_uri=members.get("jwks_uri", ""),
            jwks=members.get("jwks", {}).get("keys", []),
            tls_subject=members.get("tls_client_auth_subject_dn", ""),
            certificates={thumbprint(der) for der in _certificates(members)},
        )
        self.registered[client_id] = members
        document = {**members, "client_id": client_id}
        if method.startswith("client_secret"):
            document.update(client_secret=secret, client_secret_expires_at=self.secret_expires_at)
        if self.manages:
            document["registration_client_uri"] = f"{self.issuer}/register/{client_id}"
            document["registration_access_token"] = self.tokens[client_id]
        return Reply(status, json=document)

    async def _webfinger(self, call: Call) -> Reply:
        fields = call.fields = rules.decode_fields(call.query, "the WebFinger request")
        if call.method != "GET" or fields.get("rel") != ISSUER_RELATION or set(fields) != {"resource", "rel"}:
            raise Refused("invalid_request", "not a WebFinger request for an issuer")
        if fields["resource"] not in self.accounts:
            raise Refused("not_found", "unknown resource", status=404)
        link = {"rel": ISSUER_RELATION, "href": self.webfinger_issuer or self.issuer}
        return Reply(
            json={"subject": fields["resource"], "links": [link]}, headers={"Content-Type": "application/jrd+json"}
        )


def _check_certificate(members: dict[str, Any]) -> None:
    """RFC 8705 §2.1.2: exactly one member names the subject. §2.2.2: the certificate is in the client's keys."""
    method, subjects = members.get("token_endpoint_auth_method"), [name for name in SUBJECTS if members.get(name)]
    if len(subjects) != (method == "tls_client_auth"):
        raise Refused("invalid_client_metadata", f"{method} with {subjects} as the subject of the certificate")
    if method == "self_signed_tls_client_auth" and not _certificates(members) and "jwks_uri" not in members:
        raise Refused("invalid_client_metadata", "there is no certificate in jwks, and no jwks_uri")


def _certificates(members: dict[str, Any]) -> list[bytes]:
    """The certificates in ``x5c`` of the keys, in DER. Each must be about its key (RFC 7517 §4.7)."""
    found = []
    for jwk in members.get("jwks", {}).get("keys", ()):
        for chain in [jwk["x5c"]] if "x5c" in jwk else []:
            der = b64decode(chain[0], validate=True)
            numbers = x509.load_der_x509_certificate(der).public_key()
            spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            if import_key(jwk).public_key.public_bytes(*spki) != numbers.public_bytes(*spki):
                raise Refused("invalid_client_metadata", "x5c is about another key")
            found.append(der)
    return found


def _is_absolute(url: Any) -> bool:
    parts = urlsplit(url) if isinstance(url, str) else None
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.fragment
