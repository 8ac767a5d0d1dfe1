"""The parsers of `protocol`, each as a function of bytes that raises only when it is wrong.

They are fuzzed by coverage (``make fuzz-coverage``), and a test replays ``corpus/``. They import nothing of the Hub.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from oauthenticator_suite.errors import SuiteError
from oauthenticator_suite.protocol import authorization, metadata, urls
from oauthenticator_suite.protocol.form import FormError, decode_form
from oauthenticator_suite.protocol.id_token import Expectations, IDToken, check_claims, check_header, verify_signature
from oauthenticator_suite.protocol.jwks import parse_jwks
from oauthenticator_suite.protocol.logout import check_logout_token
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.strict_json import loads
from oauthenticator_suite.protocol.token import check_token_info, granted_scope, lifetime, process_token_response
from oauthenticator_suite.protocol.userinfo import check_subject, process_userinfo_response

ISSUER = "https://op.example/realms/main"
NOW = 1_900_000_000.0
JSON = {"content-type": "application/json"}


def _text(data: bytes) -> str:
    """As a web server hands it on: each byte is a character."""
    return data.decode("latin-1")


def id_token(data: bytes) -> None:
    """Nothing that was not signed is accepted; each check ends by itself."""
    token = IDToken.parse(_text(data))
    expectations = Expectations("hub", ISSUER, "nonce", "access-token", frozenset({"RS256", "ES256", "EdDSA"}))
    for check in (check_header, check_claims):
        try:
            check(token, expectations, *((NOW,) if check is check_claims else ()))
        except SuiteError:
            continue
    verify_signature(token, [])
    raise AssertionError("accepted without a key")


def logout_token(data: bytes) -> None:
    """The claims of a logout token, before its signature."""
    check_logout_token(IDToken.parse(_text(data)), Expectations("hub", ISSUER, None, None, frozenset({"RS256"})), NOW)


def jwks(data: bytes) -> None:
    """Only public keys for signatures are kept."""
    for key in parse_jwks(Response(200, JSON, data)).keys:
        assert not key.is_private
        assert key.key_type != "oct"


def provider_metadata(data: bytes) -> None:
    """All endpoints are of the issuer's origin."""
    found = metadata.process_discovery_response(Response(200, JSON, data), issuer=ISSUER)
    assert found.issuer == ISSUER
    assert urls.origin(urls.split_url(found.token_endpoint)) == ("https", "op.example", 443)


def userinfo(data: bytes) -> None:
    """An object about the user."""
    claims = process_userinfo_response(Response(200, JSON, data))
    check_subject(claims, "alice", required=True)
    assert claims["sub"] == "alice"


def token_response(data: bytes) -> None:
    """JSON or a form; the first byte chooses which one it is called."""
    kind = {0: "application/json", 1: "application/x-www-form-urlencoded"}.get(data[0] % 3 if data else 0, "text/plain")
    info = process_token_response(Response(200, {"content-type": kind}, data[1:]))
    check_token_info(info)
    assert isinstance(info["access_token"], str)
    granted_scope(info, ["openid"])
    lifetime(info)


def form(data: bytes) -> None:
    """Fields that occur once."""
    fields = decode_form(_text(data), max_fields=50)
    assert len(fields) <= 50
    assert all(fields.values())


def callback(data: bytes) -> None:
    """A code comes only out of a response with this state and issuer."""
    params = authorization.parse_query(_text(data))
    code = authorization.validate_authorization_response(params, state="state", issuer=ISSUER, iss_required=True)
    assert code
    assert (params["state"], params["iss"]) == ("state", ISSUER)
    assert "error" not in params


def url(data: bytes) -> None:
    """A URL with scheme and host, that says nothing secret when it is rejected."""
    text = _text(data)
    assert len(urls.for_message(text)) <= 200
    parts = urls.split_url(text)
    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert "@" not in parts.netloc
    urls.origin(parts)


def strict_json(data: bytes) -> None:
    """What we read is what Python's parser reads."""
    value = loads(data, label="document")
    assert value == json.loads(data.decode())


Parser = Callable[[bytes], None]
PARSERS: dict[str, Parser] = {
    parser.__name__: parser
    for parser in (
        *(id_token, logout_token, jwks, provider_metadata, userinfo, token_response, form, callback, url, strict_json),
    )
}
EXPECTED = (SuiteError, FormError, urls.URLError)
"""What a parser raises about bad input."""


def parse(name: str, data: bytes) -> bool:
    """Whether the parser accepts the input. Any other error than one of ours comes out."""
    try:
        PARSERS[name](data)
    except EXPECTED:
        return False
    return True
