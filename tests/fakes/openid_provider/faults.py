"""What can go wrong at a provider: one table for logging in, one for logging out, one for HTTP.

A fault has a stage: the endpoint whose `Reply` it changes, or ``id_token`` or ``logout_token`` for the `IDTokenDraft`
before it is signed.
HTTP faults have none: they are put `at` an endpoint. The numbers are those of the project's list of faults.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .bending import (
    GONE,
    Change,
    answer_field,
    body_from_text,
    both,
    claim,
    duplicate_claim,
    extra_member,
    five_parts,
    foreign_jwk,
    jose,
    jwks_entries,
    member,
    published_key_as_secret,
    repeat,
    reply_is,
    rotate_and_sign,
    set_on,
    shift,
    signed_by,
)
from .keys import IDTokenDraft, base64url
from .records import Reply

BACKCHANNEL = "http://schemas.openid.net/event/backchannel-logout"

if TYPE_CHECKING:
    from .wire import Wire


@dataclass(frozen=True)
class Fault:
    name: str
    stage: str  # empty: wherever it is put
    what: str
    change: Change


@dataclass
class _Active:
    fault: Fault
    stage: str
    times: int | None


class Faults:
    """The faults that are switched on. `applied` counts, so that a test can check that its fault occurred."""

    def __init__(self, own: Mapping[str, Fault] | None = None) -> None:
        """`own`: the faults of another fake, in addition to the faults of HTTP, which all fakes have."""
        self._known = {**HTTP_FAULTS, **({**FAULTS, **LOGOUT_FAULTS} if own is None else own)}
        self._active: list[_Active] = []
        self.applied: Counter[str] = Counter()

    def on(self, fault: str | Fault, *, at: str | None = None, times: int | None = None) -> None:
        """Switch a fault on, by its name or one of the test's own: for good, or for the next so many `times`."""
        if isinstance(fault, str):
            fault = self._known[fault]
        stage = at or fault.stage
        if not stage:
            raise ValueError(f"{fault.name} needs to be told at which endpoint")
        self._active.append(_Active(fault, stage, times))

    def off(self, name: str | None = None) -> None:
        """Switch one fault off, or all."""
        self._active = [active for active in self._active if name is not None and active.fault.name != name]

    def apply(self, stage: str, provider: Wire, thing: Reply | IDTokenDraft) -> None:
        for active in [active for active in self._active if active.stage == stage]:
            if active.times is not None:
                active.times -= 1
                if active.times <= 0:
                    self._active.remove(active)
            self.applied[active.fault.name] += 1
            active.fault.change(provider, thing)


BIG = 30_000_000


@cache
def gzip_bomb() -> bytes:
    return gzip.compress(b'{"access_token": "' + b"a" * (2 * BIG) + b'"}')


POST_QUANTUM_KEY = {"kty": "AKP", "alg": "ML-DSA-44", "kid": "pq", "pub": base64url("p" * 1312)}
BROKEN_KEYS = ({"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"}, {"kid": "no-kty"}, "no object", None)
HOSTILE_NAMES = {
    "kelvin-sign": "\u212aelvin",
    "confusable": "\u0430lice",  # the first letter is Cyrillic
    "zero-width": "ali\u200bce",
    "right-to-left-override": "\u202eecila",
    "nul": "alice\0",
    "crlf": "alice\r\nSet-Cookie: a=b",
    "percent-slash": "alice%2f..",
    "path": "../../etc",
    "long": "a" * 5000,
    "html": "<script>alert(1)</script>",
}

_PROTOCOL = [
    # Token endpoint
    Fault("F34", "token", "an error with status 200", reply_is(200, {"error": "access_denied"})),
    Fault("F35", "token", "invalid_grant", reply_is(400, {"error": "invalid_grant"})),
    Fault("F36", "token", "no token_type", member("token_type", GONE)),
    Fault("F37", "token", "token_type mac", member("token_type", "mac")),
    Fault("F37-case", "token", "token_type bEARER: right in any case", member("token_type", "bEARER")),
    Fault("F38-int", "token", "access_token is a number", member("access_token", 12345)),
    Fault("F38-crlf", "token", "access_token with CR LF", member("access_token", "a\r\nX-Injected: 1")),
    Fault("F38-1MB", "token", "access_token of almost 1 MB", member("access_token", "a" * 1_000_000)),
    Fault("F38-missing", "token", "no access_token", member("access_token", GONE)),
    Fault("F39", "token", "no id_token, though openid was asked", member("id_token", GONE)),
    Fault("F40", "token", "a narrower scope than asked", member("scope", "openid")),
    Fault("F41", "token", "DPoP with a nonce is asked for", reply_is(400, {"error": "use_dpop_nonce"}, DPoP_Nonce="n")),
    # ID token
    Fault("F42", "id_token", "alg none", both(jose("alg", "none"), signed_by(lambda p: None))),
    Fault(
        "F42-offered",
        "metadata",
        "alg none is all it offers",
        member("id_token_signing_alg_values_supported", ["none"]),
    ),
    Fault("F42-null", "id_token", "alg null", both(jose("alg", None), signed_by(lambda p: None))),
    Fault(
        "F43", "id_token", "HS256 with the public key", both(jose("alg", "HS256"), signed_by(published_key_as_secret))
    ),
    Fault(
        "F43-secret",
        "id_token",
        "HS256 with the client's secret",
        both(jose("alg", "HS256"), signed_by(lambda p: p.client.client_secret.encode())),
    ),
    Fault("F44", "id_token", "signed by another key", signed_by(lambda p: p.keys.unpublished())),
    Fault("F45-jwk", "id_token", "brings a key of its own", foreign_jwk),
    Fault("F45-jku", "id_token", "names a key set elsewhere", jose("jku", lambda p: f"{p.elsewhere}/jwks")),
    Fault("F46", "id_token", "a critical extension", both(jose("crit", ["exp"]), jose("exp", 1))),
    Fault("F46-b64", "id_token", "b64 false", jose("b64", False)),
    Fault(
        "F47", "id_token", "unknown kid", both(jose("kid", "nobody-knows"), signed_by(lambda p: p.keys.unpublished()))
    ),
    Fault("F48-wrong", "id_token", "another issuer", claim("iss", "https://honest.example")),
    Fault("F48-missing", "id_token", "no iss", claim("iss", GONE)),
    Fault("F48-slash", "id_token", "iss with a trailing slash", claim("iss", lambda p: f"{p.issuer}/")),
    Fault("F49-wrong", "id_token", "another audience", claim("aud", "another-client")),
    Fault("F49-missing", "id_token", "no aud", claim("aud", GONE)),
    Fault("F49-list", "id_token", "aud as a list of one: right", claim("aud", lambda p: [p.client.client_id])),
    Fault("F50-no-azp", "id_token", "two audiences, no azp", claim("aud", lambda p: [p.client.client_id, "other"])),
    Fault(
        "F50-azp",
        "id_token",
        "two audiences, azp another",
        both(claim("aud", lambda p: [p.client.client_id, "other"]), claim("azp", "other")),
    ),
    Fault("F51-past", "id_token", "expired an hour ago", shift("exp", -3600)),
    Fault("F51-missing", "id_token", "no exp", claim("exp", GONE)),
    Fault("F51-string", "id_token", "exp is a string", claim("exp", lambda p: str(int(p.clock() + 600)))),
    Fault("F51-huge", "id_token", "exp 1e300", claim("exp", 1e300)),
    Fault("F52-missing", "id_token", "no iat", claim("iat", GONE)),
    Fault("F52-future", "id_token", "iat in two hours", shift("iat", 7200)),
    Fault("F52-old", "id_token", "iat a week ago, exp in a week", both(shift("iat", -604800), shift("exp", 604800))),
    Fault("F53", "id_token", "nbf in two hours", shift("nbf", 7200)),
    Fault("F54-missing", "id_token", "no sub", claim("sub", GONE)),
    Fault("F54-empty", "id_token", "empty sub", claim("sub", "")),
    Fault("F54-int", "id_token", "sub is a number", claim("sub", 7)),
    Fault("F54-long", "id_token", "sub of 256 characters", claim("sub", "s" * 256)),
    Fault("F55-wrong", "id_token", "another nonce", claim("nonce", "n" * 43)),
    Fault("F55-missing", "id_token", "no nonce", claim("nonce", GONE)),
    Fault("F56", "id_token", "at_hash of another token", claim("at_hash", base64url("h" * 16))),
    Fault("F57", "id_token", "a duplicate claim", duplicate_claim),
    Fault("F58", "id_token", "a JWE of five parts", five_parts),
    # Keys and metadata
    Fault(
        "F14-token", "metadata", "token endpoint without TLS", member("token_endpoint", "http://login.example.org/t")
    ),
    Fault("F14-keys", "metadata", "keys without TLS", member("jwks_uri", "http://login.example.org/jwks")),
    Fault(
        "F14-userinfo", "metadata", "userinfo without TLS", member("userinfo_endpoint", "http://login.example.org/u")
    ),
    Fault("F59", "id_token", "keys rotated in mid-login", rotate_and_sign),
    Fault("F60", "jwks", "broken and post-quantum keys beside ours", jwks_entries(*BROKEN_KEYS, POST_QUANTUM_KEY)),
    Fault("F62", "metadata", "another issuer in the metadata", member("issuer", "https://honest.example")),
    Fault(
        "F63", "metadata", "token endpoint on another host", member("token_endpoint", lambda p: f"{p.elsewhere}/token")
    ),
    Fault("F63-jwks", "metadata", "keys on another host", member("jwks_uri", lambda p: f"{p.elsewhere}/jwks")),
    Fault("F64", "jwks", "key set out of order", reply_is(500, b"<html>broken</html>")),
    # Userinfo
    Fault("F65-wrong", "userinfo", "sub of somebody else", member("sub", "subject-of-bob")),
    Fault("F65-missing", "userinfo", "no sub", member("sub", GONE)),
    Fault("F65-id-token", "id_token", "the ID token has the sub of somebody else", claim("sub", "subject-of-bob")),
    Fault("F66-401", "userinfo", "token refused", reply_is(401, {"error": "invalid_token"})),
    Fault("F66-500", "userinfo", "out of order", reply_is(500, b"<html>broken</html>")),
    Fault("F66-hang", "userinfo", "no answer", set_on(hang=True)),
    Fault("F66-reset", "userinfo", "connection reset", set_on(reset=True)),
    Fault(
        "F67", "userinfo", "a JWT that nobody signed", reply_is(200, b"e30.e30.AAAA", Content_Type="application/jwt")
    ),
    Fault("F68-int", "userinfo", "name is a number", member("preferred_username", 12345)),
    Fault("F68-list", "userinfo", "name is a list", member("preferred_username", ["alice", "bob"])),
    Fault("F68-null", "userinfo", "name is null", member("preferred_username", None)),
    Fault("F68-missing", "userinfo", "no name", member("preferred_username", GONE)),
    *(Fault(f"F69-{k}", "userinfo", f"name: {k}", member("preferred_username", v)) for k, v in HOSTILE_NAMES.items()),
    Fault("F70-string", "userinfo", "groups is a string", member("groups", "hub-admins")),
    Fault("F70-dict", "userinfo", "groups is an object", member("groups", {"hub-admins": True})),
    Fault("F70-mixed", "userinfo", "groups of all sorts", member("groups", ["staff", 1, None, ["hub-admins"], {}, ""])),
    Fault("F70-many", "userinfo", "100,000 groups", member("groups", [f"g{i}" for i in range(100_000)])),
    Fault("F71-unverified", "userinfo", "email not verified", member("email_verified", False)),
    Fault("F71-unknown", "userinfo", "nothing says that the email is verified", member("email_verified", GONE)),
    Fault("F71-missing", "userinfo", "no email", member("email", GONE)),
    Fault("F71-two-ats", "userinfo", "an email with two @", member("email", "alice@evil.example@example.org")),
    Fault("F71-list", "userinfo", "a list of emails", member("email", ["alice@example.org"])),
    # Authorization response
    Fault("F72", "authorize", "another state", answer_field("state", "s" * 43)),
    Fault("F72-missing", "authorize", "no state", answer_field("state", GONE)),
    Fault("F73-code", "authorize", "code twice", repeat("code")),
    Fault("F73-state", "authorize", "state twice", repeat("state")),
    Fault("F74-wrong", "authorize", "another iss", answer_field("iss", "https://honest.example")),
    Fault("F74-missing", "authorize", "no iss, though announced", answer_field("iss", GONE)),
    Fault("F75", "authorize", "an error without state", answer_field("error", "access_denied", drop_all=True)),
    Fault("F76", "authorize", "parameters nobody knows", answer_field("id_token", "e30.e30.AAAA")),
]

_LOGOUT = [
    Fault("no-logout-page", "metadata", "no end_session_endpoint", member("end_session_endpoint", GONE)),
    Fault("no-revocation", "metadata", "no revocation_endpoint", member("revocation_endpoint", GONE)),
    Fault("other-state", "end_session", "comes back with another state", answer_field("state", "s" * 43)),
    Fault("no-state", "end_session", "comes back without state", answer_field("state", GONE)),
    Fault("alg-none", "logout_token", "alg none", both(jose("alg", "none"), signed_by(lambda p: None))),
    Fault(
        "alg-none-signed",
        "logout_token",
        "alg none, with a signature all the same",
        both(jose("alg", "none"), signed_by(lambda p: b"whatever")),
    ),
    Fault(
        "wrong-alg",
        "logout_token",
        "HS256 with the client's secret",
        both(jose("alg", "HS256"), signed_by(lambda p: p.client.client_secret.encode())),
    ),
    Fault(
        "wrong-alg-public-key",
        "logout_token",
        "HS256 with the public key",
        both(jose("alg", "HS256"), signed_by(published_key_as_secret)),
    ),
    Fault("wrong-key", "logout_token", "signed by another key", signed_by(lambda p: p.keys.unpublished())),
    Fault("no-event", "logout_token", "no events", claim("events", GONE)),
    Fault(
        "wrong-event", "logout_token", "another event", claim("events", {"http://schemas.openid.net/event/other": {}})
    ),
    Fault("event-true", "logout_token", "the event is no object", claim("events", dict.fromkeys([BACKCHANNEL], True))),
    Fault("with-nonce", "logout_token", "a nonce", claim("nonce", "n" * 43)),
    Fault("wrong-aud", "logout_token", "another audience", claim("aud", "another-client")),
    Fault("wrong-iss", "logout_token", "another issuer", claim("iss", "https://honest.example")),
    Fault("expired", "logout_token", "expired an hour ago", shift("exp", -3600)),
    Fault("no-exp", "logout_token", "no exp", claim("exp", GONE)),
    Fault("no-iat", "logout_token", "no iat", claim("iat", GONE)),
    Fault("no-jti", "logout_token", "no jti", claim("jti", GONE)),
    Fault("nobody", "logout_token", "neither sub nor sid", both(claim("sub", GONE), claim("sid", GONE))),
    Fault("typ-access-token", "logout_token", "typ at+jwt", jose("typ", "at+jwt")),
    Fault("typ-plain", "logout_token", "no typ: right", jose("typ", GONE)),
    Fault("sid-only", "logout_token", "a session and no subject: right", claim("sub", GONE)),
    Fault("sub-only", "logout_token", "a subject and no session: right", claim("sid", GONE)),
    Fault("F59-logout", "logout_token", "keys rotated just before: right", rotate_and_sign),
]

_HTTP = [
    Fault("F1", "", "no answer until released", set_on(hang=True)),
    Fault("F2", "", "the body comes one byte at a time", set_on(drip=True)),
    Fault("F3", "", "connection dropped", set_on(reset=True)),
    Fault("F4", "", "connection closed without an answer", set_on(hang_up=True)),
    Fault("F5", "", "more announced than sent", set_on(missing_bytes=100)),
    Fault("F15", "", "500 with a page", reply_is(500, b"<html>Traceback: secret internals</html>")),
    Fault("F16", "", "503 with Retry-After", reply_is(503, b"busy", Retry_After="7")),
    Fault("F17", "", "429 with Retry-After", reply_is(429, b"too many", Retry_After="7")),
    Fault("F18", "", "204", reply_is(204)),
    Fault("F19", "", "302 to another origin", lambda p, r: reply_is(302, Location=f"{p.elsewhere}/token")(p, r)),
    Fault("F20", "", "307 to another origin", lambda p, r: reply_is(307, Location=f"{p.elsewhere}/token")(p, r)),
    Fault("F21", "", "302 to itself", reply_is(302, Location="")),
    Fault("F22", "", "a header of 200 kB", lambda p, r: r.headers.update({"X-Big": "h" * 200_000})),
    Fault("F23", "", "a body of 30 MB", body_from_text(lambda good: good.encode() + b" " * BIG)),
    Fault(
        "F24",
        "",
        "60 MB packed into 60 kB",
        lambda p, r: reply_is(200, gzip_bomb(), Content_Type="application/json", Content_Encoding="gzip")(p, r),
    ),
    Fault("F25", "", "JSON called HTML", lambda p, r: r.headers.update({"Content-Type": "text/html"})),
    Fault("F26", "", "JSON cut off", body_from_text(lambda good: good[:-1].encode())),
    Fault("F27-list", "", "a list", body_from_text(lambda good: f"[{good}]".encode())),
    Fault("F27-null", "", "null", body_from_text(lambda good: b"null")),
    Fault("F27-string", "", "a string", body_from_text(lambda good: json.dumps(good).encode())),
    Fault("F28", "", "a member twice", body_from_text(lambda good: f"{good[:-1]}, {good[1:]}".encode())),
    Fault("F29-nan", "", "NaN", extra_member('"extra": NaN')),
    Fault("F29-infinity", "", "Infinity", extra_member('"extra": -Infinity')),
    Fault("F30", "", "200,000 levels deep", extra_member('"extra": ' + "[" * 200_000 + "]" * 200_000)),
    Fault("F31", "", "bad UTF-8", body_from_text(lambda good: good[:-1].encode() + b', "extra": "\xff\xfe"}')),
    Fault("F32", "", "a byte order mark", body_from_text(lambda good: b"\xef\xbb\xbf" + good.encode())),
    Fault("F33", "", "an empty body", body_from_text(lambda good: b"")),
]

FAULTS = {fault.name: fault for fault in _PROTOCOL}
LOGOUT_FAULTS = {fault.name: fault for fault in _LOGOUT}
HTTP_FAULTS = {fault.name: fault for fault in _HTTP}
