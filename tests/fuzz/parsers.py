"""The parsers of `protocol`, each as a function of bytes that raises only when it is wrong.

They are fuzzed by coverage (``make fuzz-coverage``), and a test replays ``corpus/``. They import nothing of the Hub.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable

from joserfc.jwk import ECKey

from oauthenticator_suite.errors import SuiteError
from oauthenticator_suite.protocol import authorization, metadata, response_object, urls
from oauthenticator_suite.protocol.encryption import decrypt
from oauthenticator_suite.protocol.form import FormError, decode_form
from oauthenticator_suite.protocol.id_token import Expectations, IDToken, check_claims, check_header, verify_signature
from oauthenticator_suite.protocol.introspection import Expected, process_introspection_response
from oauthenticator_suite.protocol.jwks import parse_jwks
from oauthenticator_suite.protocol.logout import check_logout_token
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.pushed_authorization import process_pushed_authorization_response
from oauthenticator_suite.protocol.strict_json import loads
from oauthenticator_suite.protocol.token import check_token_info, granted_scope, lifetime, process_token_response
from oauthenticator_suite.protocol.userinfo import check_subject, process_userinfo_response
from oauthenticator_suite.protocol.userinfo_token import check_userinfo_token, userinfo_token

ISSUER = "https://op.example/realms/main"
NOW = 1_900_000_000.0
DECRYPTION_KEY: dict[str, str | list[str]] = {
    "crv": "P-256",
    "x": "grcGuIxHrfyrQ_xdQGBUilPYiuKG5sN8mhxpvsmDvIE",
    "y": "cP6oMw7xC9wk0D3oko6v_pMugoHtsFpNdzQlfY5uopw",
    "d": "tyNcQTlqVBA2VFdVar7UwpS2vuEvkfw3tdTk7KbQPzY",
    "kty": "EC",
    "use": "enc",
}
"""Made for the corpus."""

JSON = {"content-type": "application/json"}


def _text(data: bytes) -> str:
    """As a web server hands it on: each byte is a character."""
    return data.decode("latin-1")


def id_token(data: bytes) -> None:
    """Nothing that was not signed is accepted; each check ends."""
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


def encrypted_token(data: bytes) -> None:
    """A signed token comes out only if the whole was encrypted to our key."""
    inner = decrypt(_text(data), [_decryption_key()])
    assert inner.count(".") == 2


@functools.cache
def _decryption_key() -> ECKey:
    """The same key each time: the corpus is encrypted to it."""
    return ECKey.import_key(DECRYPTION_KEY)


def signed_userinfo(data: bytes) -> None:
    """The claims of a signed userinfo response, before its signature."""
    expectations = Expectations("hub", ISSUER, None, None, frozenset({"RS256"}))
    check_userinfo_token(IDToken.parse(userinfo_token(Response(200, {"content-type": "application/jwt"}, data))),
                         expectations, NOW)  # fmt: skip


def signed_response(data: bytes) -> None:
    """The parameters of a signed authorization response, before its signature."""
    token = response_object.parse_response(authorization.parse_query(_text(data)))
    response_object.check_response(token, Expectations("hub", ISSUER, None, None, frozenset({"RS256"})), NOW)
    params = response_object.response_parameters(token.claims)
    assert all(isinstance(value, str) and value for value in params.values())


def pushed_response(data: bytes) -> None:
    """A request_uri; the first byte chooses the status."""
    status = (201, 200, 400, 401)[data[0] % 4] if data else 201
    assert process_pushed_authorization_response(Response(status, JSON, data[1:]))


def introspection_response(data: bytes) -> None:
    """Active or not, about this login."""
    expected = Expected(issuer=ISSUER, subject="alice", client_id="hub", username="alice", thumbprint="thumbprint")
    assert isinstance(process_introspection_response(Response(200, JSON, data), expected), bool)
    assert json.loads(data).get("sub") in (None, "alice")


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
        *(encrypted_token, signed_userinfo, signed_response, pushed_response, introspection_response),
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
