"""The messages of MediaWiki's OAuth 1.0a: signed requests, and the validation of responses."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey
from mwoauth import AccessToken, ConsumerToken, RequestToken
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header

from oauthenticator_suite.errors import (
    InvalidGrant,
    InvalidResponse,
    InvalidToken,
    ProviderBusy,
    ProviderUnreachable,
    SuiteError,
    TokenResponseError,
)
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.providers.mediawiki import messages as wiki

INDEX = "https://wiki.example/w/index.php"
CONSUMER = ConsumerToken("c" * 32, "consumer-secret-of-forty-characters-long")
TOKEN = AccessToken("a" * 32, "s" * 32)
STAMP = wiki.Stamp("nonce-0123456789", 1_800_000_000)
NOW = 1_800_000_000.0


def answer(body: bytes | str, status: int = 200, **headers: str) -> Response:
    return Response(status, headers, body.encode() if isinstance(body, str) else body)


def header(request) -> dict[str, str]:
    return {name: unquote(value) for name, value in parse_authorization_header(request.headers["Authorization"])}


def identity(secret: str = CONSUMER.secret, alg: str = "HS256", **claims: object) -> str:
    good = {
        "iss": "https://wiki.example",
        "aud": CONSUMER.key,
        "exp": NOW + 100,
        "iat": NOW,
        "sub": "11",
        "username": "Alice",
        "nonce": STAMP.nonce,
    }
    said = {name: value for name, value in {**good, **claims}.items() if value is not None}
    return jwt.encode({"alg": alg}, said, OctKey.import_key(secret), algorithms=[alg])


def judge(body: str, **options: object) -> dict[str, object]:
    settings = {"index_url": INDEX, "nonce": STAMP.nonce, "now": NOW, **options}
    return wiki.process_identify_response(answer(body), CONSUMER, **settings)


# --- requests --------------------------------------------------------------------------------------------------------


def test_a_request_is_a_function_of_its_arguments() -> None:
    first, second = (wiki.initiate_request(INDEX, CONSUMER, "oob", STAMP) for _ in range(2))
    assert first == second
    assert first.headers == second.headers


def test_what_each_request_says() -> None:
    request_token = RequestToken("r" * 32, "t" * 32)
    callback = "https://hub.example/hub/oauth_callback"
    requests = {
        "initiate": (wiki.initiate_request(INDEX, CONSUMER, callback, STAMP), {"oauth_callback": callback}),
        "token": (
            wiki.access_token_request(INDEX, CONSUMER, request_token, "verifier", STAMP),
            {"oauth_token": request_token.key, "oauth_verifier": "verifier"},
        ),
        "identify": (wiki.identify_request(INDEX, CONSUMER, TOKEN, STAMP), {"oauth_token": TOKEN.key}),
    }
    for page, (request, own) in requests.items():
        assert (request.method, request.body) == ("POST", None)
        assert dict(parse_qsl(urlsplit(request.url).query)) == {"title": f"Special:OAuth/{page}"}
        said = header(request)
        assert said.pop("oauth_signature")
        assert said == {
            "oauth_consumer_key": CONSUMER.key,
            "oauth_nonce": STAMP.nonce,
            "oauth_timestamp": "1800000000",
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_version": "1.0",
            **own,
        }
        for secret in (CONSUMER.secret, request_token.secret, TOKEN.secret):
            assert secret not in request.url + "".join(request.headers.values())


def test_a_wiki_with_a_query_of_its_own_keeps_it() -> None:
    request = wiki.initiate_request(f"{INDEX}?uselang=de", CONSUMER, "oob", STAMP)
    assert dict(parse_qsl(urlsplit(request.url).query)) == {"uselang": "de", "title": "Special:OAuth/initiate"}


def test_the_page_to_send_the_browser_to() -> None:
    url = wiki.authenticate_url(INDEX, CONSUMER, RequestToken("r&r", "never in a URL"))
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "title": "Special:OAuth/authenticate",
        "oauth_token": "r&r",
        "oauth_consumer_key": CONSUMER.key,
    }


# --- tokens ----------------------------------------------------------------------------------------------------------

JUDGES = {"initiate": wiki.process_initiate_response, "token": wiki.process_access_token_response}
BOTH = pytest.mark.parametrize("process", JUDGES.values(), ids=JUDGES)


@BOTH
def test_a_token(process) -> None:
    token = process(answer("oauth_token=key&oauth_token_secret=secret&oauth_callback_confirmed=true"))
    assert tuple(token) == ("key", "secret")


@BOTH
@pytest.mark.parametrize(
    "body", ["Error: no such consumer (E006)", '{"error": "x", "message": "no such consumer (E006)"}']
)
def test_an_error_with_status_200(process, body: str) -> None:
    """The log contains the wiki's message, but no tokens."""
    with pytest.raises(TokenResponseError, match=r"no such consumer \(E006\)") as refused:
        process(answer(body))
    assert isinstance(refused.value, InvalidGrant) is (process is wiki.process_access_token_response)
    with pytest.raises(TokenResponseError) as refused:
        process(answer("Error: token 0123456789abcdef0123456789abcdef is bad"))
    assert "0123456789abcdef" not in refused.value.detail


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>Main Page</html>", b"oauth_token=abc", b"oauth_token=&oauth_token_secret=x", b"\xff\xfe", b"null",
        b"oauth_token=a&oauth_token=b&oauth_token_secret=c", b"oauth_token=a%0d%0ab&oauth_token_secret=c",
        b"oauth_token=" + b"a" * 600 + b"&oauth_token_secret=c", b"oauth_token=a&oauth_token_secret=c" + b"&x=1" * 2000,
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_token(process, body: bytes) -> None:
    with pytest.raises((InvalidResponse, TokenResponseError)):
        process(answer(body))


@BOTH
@pytest.mark.parametrize(
    ("status", "error"), [(500, ProviderUnreachable), (503, ProviderBusy), (429, ProviderBusy), (302, InvalidResponse)]
)
def test_an_outage_is_told_from_a_refusal(process, status: int, error: type[SuiteError]) -> None:
    with pytest.raises(error):
        process(answer("oauth_token=key&oauth_token_secret=secret", status))


# --- identity --------------------------------------------------------------------------------------------------------


def test_the_claims() -> None:
    claims = judge(identity(sub=11, groups=["sysop"]))
    assert (claims["sub"], claims["username"], claims["groups"]) == ("11", "Alice", ["sysop"])


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        ({"secret": "another-secret-that-is-forty-characters-x"}, "signature"),
        ({"alg": "HS512"}, "alg"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": "https://wiki.example.evil.example"}, "iss"),
        ({"iss": "https://wiki.example:444"}, "iss"),
        ({"iss": "wiki.example"}, "iss"),
        ({"iss": "https://[wiki.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another consumer"}, "aud"),
        ({"exp": NOW - 3600}, "exp"),
        ({"iat": NOW + 3600}, "iat"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": None}, "sub"),
        ({"sub": True}, "sub"),
        ({"sub": ["11"]}, "sub"),
    ],
)
def test_what_must_be_right(changes: dict[str, object], claim: str) -> None:
    with pytest.raises(InvalidToken) as refused:
        judge(identity(**changes))
    assert refused.value.claim == claim


def test_another_name_of_the_wiki_must_be_trusted() -> None:
    token = identity(iss="https://www.wiki.example")
    with pytest.raises(InvalidToken, match="trusted_provider_hosts"):
        judge(token)
    assert judge(token, trusted_hosts={"www.wiki.example"})["username"] == "Alice"


@pytest.mark.parametrize("error", sorted(wiki._REFUSALS))
def test_what_speaks_of_the_user(error: str) -> None:
    with pytest.raises(TokenResponseError) as refused:
        judge(json.dumps({"error": error, "message": "No approved grant"}))
    assert refused.value.error == "invalid_token"


@pytest.mark.parametrize("error", ["mwoauth-oauth-exception", "mwoauth-db-readonly", "internal_api_error"])
def test_what_speaks_of_the_wiki(error: str) -> None:
    with pytest.raises(TokenResponseError) as refused:
        judge(json.dumps({"error": error, "message": "Nonce already used: 0123456789abcdef01234567"}))
    assert refused.value.error == error
    assert "0123456789abcdef" not in refused.value.detail


@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(str.encode), st.just(b"a.b.c"), st.just(b'{"error":1}')
    )
)
def test_hostile_answers_end_in_a_typed_error(body: bytes) -> None:
    for process in (*JUDGES.values(), lambda response: judge(response.body.decode("utf-8", "replace"))):
        with pytest.raises(SuiteError) as refused:
            process(answer(body))
        assert refused.value.status in (400, 502)
