"""The provider's checks. Each function checks one part of a request and raises `Refused`."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import compare_digest
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from joserfc.jwk import KeySet

from .keys import base64url

FORM = "application/x-www-form-urlencoded"

# The fields of a token request, per grant: all of the first are required, those of the second may be there.
TOKEN_FIELDS = {
    "authorization_code": ({"grant_type", "code", "redirect_uri", "code_verifier"}, set()),
    "refresh_token": ({"grant_type", "refresh_token"}, {"scope"}),
}
SCOPES = ("openid", "profile", "email", "phone", "address", "groups", "offline_access")
CLIENT_FIELDS = {
    "client_secret_basic": set(),
    "client_secret_post": {"client_id", "client_secret"},
    "none": {"client_id"},
    "private_key_jwt": {"client_id", "client_assertion", "client_assertion_type"},
    "client_secret_jwt": {"client_id", "client_assertion", "client_assertion_type"},
    "tls_client_auth": {"client_id"},
    "self_signed_tls_client_auth": {"client_id"},
}

KEY_METHODS = ("private_key_jwt", "client_secret_jwt", "tls_client_auth", "self_signed_tls_client_auth")


class Refused(Exception):
    """A request breaks a rule. `why` is for the reader of the test's output."""

    def __init__(self, error: str, why: str, *, status: int = 400) -> None:
        super().__init__(f"{error}: {why}")
        self.error = error
        self.why = why
        self.status = status


@dataclass
class Registration:
    """A registered client."""

    client_id: str
    client_secret: str
    redirect_uris: set[str] = field(default_factory=set)
    post_logout_redirect_uris: set[str] = field(default_factory=set)
    backchannel_logout_uri: str = ""
    frontchannel_logout_uri: str = ""
    auth_method: str = "client_secret_basic"
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    jwks: list[dict[str, Any]] = field(default_factory=list)  # its public keys
    jwks_uri: str = ""  # or where they are
    federation: Any = None  # see assertions.py
    needs_certificate_header: str = ""  # x5t#S256 of the certificate that is registered with the key
    certificates: set[str] = field(default_factory=set)  # thumbprints, for self_signed_tls_client_auth
    tls_subject: str = ""  # for tls_client_auth
    request_object_keys: KeySet | None = None  # the client's public keys; None: it may not send request objects


def decode_fields(text: str, where: str) -> dict[str, str]:
    """Form-encoded fields; each at most once (RFC 6749 §3.1, §3.2)."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict") if text else []
    except ValueError as error:
        raise Refused("invalid_request", f"{where} is not form-encoded") from error
    names = [name for name, _ in pairs]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise Refused("invalid_request", f"{where} repeats {sorted(repeated)}")
    return dict(pairs)


def check_form_request(method: str, query: str, headers: Mapping[str, str]) -> None:
    """A back-channel request is a POST of a form and has no query."""
    if method != "POST":
        raise Refused("invalid_request", f"{method} is not POST", status=405)
    if query:
        raise Refused("invalid_request", "a token or revocation request has no query (RFC 6749 §2.3.1, §3.2)")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Refused("invalid_request", "Content-Type is not form-encoded")


def check_accept(headers: Mapping[str, str]) -> None:
    accepted = [entry.partition(";")[0].strip() for entry in headers.get("accept", "").split(",")]
    if "application/json" not in accepted:
        raise Refused("invalid_request", "Accept does not name application/json", status=406)


def check_fields(fields: Mapping[str, str], required: set[str], optional: set[str]) -> None:
    missing = sorted(name for name in required if not fields.get(name))
    stray = sorted(set(fields) - required - optional)
    if missing:
        raise Refused("invalid_request", f"missing or empty: {missing}")
    if stray:
        raise Refused("invalid_request", f"stray fields: {stray}")


def claimed_client(fields: Mapping[str, str], clients: Mapping[str, Registration]) -> Registration | None:
    """The client of a request without a secret, if it is registered for a method without one; else None."""
    client = clients.get(fields.get("client_id", ""))
    return client if client is not None and client.auth_method in KEY_METHODS else None


def authenticate_client(
    headers: Mapping[str, str], fields: Mapping[str, str], clients: Mapping[str, Registration]
) -> Registration:
    """Client authentication by exactly the registered method (RFC 6749 §2.3)."""
    authorization = headers.get("authorization")
    if authorization is not None:
        method = "client_secret_basic"
        client_id, secret = _basic_credentials(authorization)
        if {"client_id", "client_secret"} & set(fields):
            raise Refused("invalid_request", "client authentication by two methods at once")
    elif "client_secret" in fields:
        method, client_id, secret = "client_secret_post", fields.get("client_id", ""), fields["client_secret"]
    else:
        method, client_id, secret = "none", fields.get("client_id", ""), ""
    client = clients.get(client_id)
    if client is None:
        raise Refused("invalid_client", "no such client", status=401)
    if method != client.auth_method:
        raise Refused("invalid_client", f"registered for {client.auth_method}, used {method}", status=401)
    if method != "none" and not compare_digest(secret.encode(), client.client_secret.encode()):
        raise Refused("invalid_client", "wrong secret", status=401)
    return client


def _basic_credentials(authorization: str) -> tuple[str, str]:
    """Both halves are form-encoded before they are joined (RFC 6749 §2.3.1)."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise Refused("invalid_client", "Authorization is not Basic", status=401)
    try:
        client_id, colon, secret = b64decode(credentials, validate=True).decode("ascii").partition(":")
    except (Base64Error, UnicodeDecodeError) as error:
        raise Refused("invalid_client", "Basic credentials are not base64 of ASCII", status=401) from error
    encoded = re.compile(r"(?:[A-Za-z0-9*._~+-]|%[0-9A-Fa-f]{2})+")
    if not (colon and encoded.fullmatch(client_id) and encoded.fullmatch(secret)):
        raise Refused("invalid_client", "Basic credentials are not form-encoded", status=401)
    return unquote_plus(client_id), unquote_plus(secret)


def check_challenge(fields: Mapping[str, str]) -> None:
    """PKCE with S256, always (RFC 7636 §4.3, RFC 9700 §2.1.1)."""
    if fields.get("code_challenge_method") != "S256":
        raise Refused("invalid_request", "PKCE with S256 is required")
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", fields.get("code_challenge", "")):
        raise Refused("invalid_request", "code_challenge is not a SHA-256 in base64url")


def check_verifier(verifier: str, challenge: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier):
        raise Refused("invalid_grant", "code_verifier is not 43 to 128 unreserved characters (RFC 7636 §4.1)")
    if base64url(sha256(verifier.encode("ascii")).digest()) != challenge:
        raise Refused("invalid_grant", "code_verifier does not fit the challenge")


def check_scope(asked: str, allowed: Collection[str]) -> list[str]:
    scope = asked.split(" ") if asked else []
    if "" in scope or len(set(scope)) != len(scope) or not set(scope) <= set(allowed):
        raise Refused("invalid_scope", "scope is not a list of registered scopes, one space between them")
    return scope
