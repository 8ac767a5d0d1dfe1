"""What a wiki can get wrong, in addition to the faults of HTTP that every fake has.

The stage ``identity`` is the draft of the JWT of `identify`; ``profile`` is the JSON of OAuth 2.0. Each wrong claim
exists for both, the second with ``profile-`` before its name.
"""

from __future__ import annotations

from typing import Any

from tests.fakes.openid_provider.bending import (
    GONE,
    both,
    claim,
    duplicate_claim,
    five_parts,
    jose,
    member,
    reply_is,
    shift,
    signed_by,
)
from tests.fakes.openid_provider.faults import HOSTILE_NAMES, Fault

WRONG_CLAIMS: dict[str, Any] = {
    "sub-missing": GONE,
    "sub-null": None,
    "sub-empty": "",
    "sub-float": 11.0,
    "sub-true": True,
    "sub-list": [11],
    "username-missing": GONE,
    "username-null": None,
    "username-empty": "",
    "username-int": 12345,
    "username-list": ["Alice", "Bob van Dyke"],
    **{f"username-{kind}": name for kind, name in HOSTILE_NAMES.items()},
    "groups-missing": GONE,
    "groups-string": "sysop",
    "groups-dict": {"sysop": True},
    "groups-mixed": ["editor", 1, None, ["sysop"], {}, ""],
    "groups-many": [f"g{i}" for i in range(100_000)],
    "blocked-missing": GONE,
    "blocked-string": "false",
    "blocked-null": None,
    "editcount-missing": GONE,
    "editcount-string": "250",
    "editcount-negative": -1,
    "registered-missing": GONE,
    "registered-null": None,
    "registered-iso": "2019-03-04T05:06:07Z",
    "registered-nonsense": "00000000000000",
    "registered-int": 20190304050607,
    "confirmed_email-missing": GONE,
    "confirmed_email-string": "true",
}

_FAULTS = [
    *(Fault(name, "identity", name, claim(name.partition("-")[0], value)) for name, value in WRONG_CLAIMS.items()),
    *(
        Fault(f"profile-{name}", "profile", name, member(name.partition("-")[0], value))
        for name, value in WRONG_CLAIMS.items()
    ),
    # The JWT of identify
    Fault("alg-none", "identity", "alg none, unsigned", both(jose("alg", "none"), signed_by(lambda w: None))),
    Fault("alg-none-signed", "identity", "alg none, signed all the same", jose("alg", "none")),
    Fault("alg-rs256", "identity", "says RS256", jose("alg", "RS256")),
    Fault(
        "wrong-key", "identity", "signed with another secret", signed_by(lambda w: b"another consumer's secret, long")
    ),
    Fault("crit", "identity", "a critical extension", both(jose("crit", ["exp"]), jose("exp", 1))),
    Fault("five-parts", "identity", "a JWE of five parts", five_parts),
    Fault("claim-twice", "identity", "a duplicate claim", duplicate_claim),
    Fault("iss-wrong", "identity", "another wiki", claim("iss", "https://wiki.example")),
    Fault("iss-missing", "identity", "no iss", claim("iss", GONE)),
    Fault("aud-wrong", "identity", "another consumer", claim("aud", "f" * 32)),
    Fault("aud-missing", "identity", "no aud", claim("aud", GONE)),
    Fault("exp-past", "identity", "expired an hour ago", shift("exp", -3600)),
    Fault("exp-missing", "identity", "no exp", claim("exp", GONE)),
    Fault("iat-future", "identity", "issued in an hour", shift("iat", 3600)),
    Fault("iat-missing", "identity", "no iat", claim("iat", GONE)),
    Fault("nonce-wrong", "identity", "another nonce: a replay", claim("nonce", "1" * 30)),
    Fault("nonce-missing", "identity", "no nonce", claim("nonce", GONE)),
    # Answers of OAuth 1.0a
    Fault(
        "initiate-error", "initiate", "an error", reply_is(200, b"Error: <b>something</b>", Content_Type="text/plain")
    ),
    Fault("initiate-page", "initiate", "a page with status 200", reply_is(200, b"<html>Main Page</html>")),
    Fault("initiate-half", "initiate", "no secret", reply_is(200, b"oauth_token=abc", Content_Type="text/plain")),
    Fault("token-error", "token", "an error", reply_is(200, b"Error: <b>something</b>", Content_Type="text/plain")),
    Fault("token-page", "token", "a page with status 200", reply_is(200, b"<html>Main Page</html>")),
    Fault("token-half", "token", "no secret", reply_is(200, b"oauth_token=abc", Content_Type="text/plain")),
    Fault(
        "identify-error",
        "identify",
        "an error",
        reply_is(200, {"error": "mwoauth-oauth-exception", "message": "<b>something</b>"}),
    ),
    Fault("identify-page", "identify", "a page with status 200", reply_is(200, b"<html>Main Page</html>")),
    # Answers of OAuth 2.0
    Fault("no-refresh-token", "oauth2_token", "no refresh token", member("refresh_token", GONE)),
    Fault("invalid-grant", "oauth2_token", "invalid_grant", reply_is(400, {"error": "invalid_grant"})),
]

WIKI_FAULTS = {fault.name: fault for fault in _FAULTS}
