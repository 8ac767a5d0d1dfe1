"""metadata: the document must belong to the issuer, and endpoints must be on its origin or on trusted hosts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import (
    ConfigurationError,
    InvalidResponse,
    ProviderBusy,
    ProviderUnreachable,
    SuiteError,
)
from oauthenticator_suite.protocol.fapi2 import Fapi2Client
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.metadata import (
    ServerMetadata,
    check_issuer,
    discovery_request,
    discovery_url,
    process_discovery_response,
)
from oauthenticator_suite.protocol.urls import PlainHTTP

ISSUER = "https://op.example/realms/main"
ENDPOINTS = {
    "authorization_endpoint": f"{ISSUER}/authorize?p=1",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/keys",
    "end_session_endpoint": f"{ISSUER}/logout",
    "revocation_endpoint": f"{ISSUER}/revoke",
    "pushed_authorization_request_endpoint": f"{ISSUER}/par",
}
DOCUMENT: dict[str, Any] = {
    "issuer": ISSUER,
    **ENDPOINTS,
    "response_types_supported": ["code"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    "scopes_supported": ["openid"],
    "authorization_response_iss_parameter_supported": True,
    "something_else": {"a": [1]},
}


def answer(document: object, status: int = 200, kind: str = "application/json") -> Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Response(status, {"content-type": kind}, body)


def process(document: object, **options: Any) -> ServerMetadata:
    return process_discovery_response(answer(document), **{"issuer": ISSUER, **options})


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in DOCUMENT.items() if name not in names}


def test_a_good_document() -> None:
    """C oidcc-client-test-discovery-openid-config and -discovery-jwks-uri-keys."""
    metadata = process(DOCUMENT)
    assert metadata.issuer == ISSUER
    assert {name: getattr(metadata, name) for name in ENDPOINTS} == ENDPOINTS
    assert metadata.authorization_response_iss_parameter_supported is True
    assert metadata.id_token_signing_alg_values_supported == ("RS256", "ES256")
    assert metadata.code_challenge_methods_supported == ("S256",)
    assert metadata.token_endpoint_auth_methods_supported == ("client_secret_basic",)
    assert metadata.scopes_supported == ("openid",)


def test_a_plain_oauth_server_needs_neither_keys_nor_userinfo() -> None:
    """RFC 8414 §2: jwks_uri is optional there. A member that is null counts as absent."""
    document = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/a",
        "token_endpoint": f"{ISSUER}/t",
        "userinfo_endpoint": None,
        "scopes_supported": None,
    }
    assert process(document) == ServerMetadata(ISSUER, f"{ISSUER}/a", f"{ISSUER}/t")


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        ("https://op.example", "https://op.example/.well-known/openid-configuration"),
        ("https://op.example/", "https://op.example/.well-known/openid-configuration"),
        ("https://op.example/a/b/", "https://op.example/a/b/.well-known/openid-configuration"),
        ("http://localhost:8000", "http://localhost:8000/.well-known/openid-configuration"),
    ],
)
def test_where_the_metadata_are(issuer: str, expected: str) -> None:
    assert discovery_url(issuer) == expected
    request = discovery_request(issuer)
    assert (request.method, request.url, request.headers) == ("GET", expected, {"Accept": "application/json"})
    assert request.label == "discovery"


def test_the_operator_has_chosen_the_issuer_unless_it_is_said_otherwise() -> None:
    """A URL that a document names is requested only at a public address."""
    assert discovery_request(ISSUER).configured is True
    assert discovery_request(ISSUER, configured=False).configured is False


def test_the_security_profile_is_demanded_of_the_metadata() -> None:
    with pytest.raises(ConfigurationError, match="security_profile is 'fapi2'"):
        process(without("pushed_authorization_request_endpoint"), fapi2=Fapi2Client())
    assert process(without("pushed_authorization_request_endpoint")).issuer == ISSUER


def test_another_place_may_be_named() -> None:
    assert discovery_request(ISSUER, "https://op.example/elsewhere").url == "https://op.example/elsewhere"


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "op.example",
        "https://op.example?x=1",
        "https://op.example?",
        "https://op.example/#x",
        "https://u:p@op.example",
    ],
)
def test_an_issuer_that_cannot_be_one_is_named(issuer: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^issuer "):
        discovery_url(issuer)


def test_an_issuer_that_is_the_metadata_url_gets_a_hint() -> None:
    with pytest.raises(ConfigurationError, match="discovery_url"):
        discovery_url("https://op.example/.well-known/openid-configuration")


@pytest.mark.parametrize(
    "received", [ISSUER + "/", ISSUER[:-1], ISSUER.upper(), "https://evil.example", "", " " + ISSUER]
)
def test_f62_the_issuer_is_compared_exactly(received: str) -> None:
    """C oidcc-client-test-discovery-issuer-mismatch."""
    with pytest.raises(ConfigurationError, match=r"^issuer is not the one"):
        process({**DOCUMENT, "issuer": received})


def test_f62_the_message_helps() -> None:
    with pytest.raises(ConfigurationError, match="trailing slashes"):
        process({**DOCUMENT, "issuer": ISSUER + "/"})
    with pytest.raises(ConfigurationError, match=r"belongs to https://other\.example/a$"):
        process({**DOCUMENT, "issuer": "https://other.example/a?b"})
    with pytest.raises(ConfigurationError, match=r"belongs to no URL$"):
        process({**DOCUMENT, "issuer": "no URL"})
    with pytest.raises(ConfigurationError) as caught:
        process({**DOCUMENT, "issuer": "\x1b[31m\r\n" + "x" * 5000})
    assert len(caught.value.detail) < 200
    assert caught.value.detail.isprintable()


@pytest.mark.parametrize(
    ("received", "issuer", "only_slashes"),
    [
        (ISSUER + "/", ISSUER, True),
        (ISSUER, ISSUER + "/", True),
        (ISSUER + "//", ISSUER + "/", True),
        (ISSUER + "X", ISSUER, False),
        (ISSUER, ISSUER + "X", False),
        ("https://op.example", ISSUER, False),
    ],
)
def test_f62_a_difference_in_slashes_at_the_end_is_named(received: str, issuer: str, only_slashes: bool) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_issuer(received, issuer)
    assert ("trailing slashes" in caught.value.detail) is only_slashes


@pytest.mark.parametrize("received", [None, 1, [ISSUER], {"a": ISSUER}])
def test_an_issuer_of_another_type_is_no_metadata(received: object) -> None:
    with pytest.raises(InvalidResponse, match="issuer"):
        process({**DOCUMENT, "issuer": received})
    with pytest.raises(InvalidResponse, match="issuer"):
        process(without("issuer"))


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_required_members(name: str) -> None:
    """OpenID Connect Discovery §3."""
    for document in (without(name), {**DOCUMENT, name: None}):
        with pytest.raises(InvalidResponse, match=f"required member {name}"):
            process(document)


@pytest.mark.parametrize("name", list(ENDPOINTS))
@pytest.mark.parametrize(
    "value",
    [
        "",
        "/relative",
        1,
        ["https://op.example"],
        {},
        "https://op.example/#",
        "https://u@op.example/",
        "ftp://op.example/",
        "https://op.example/\n",
    ],
)
def test_endpoints_must_be_urls(name: str, value: object) -> None:
    with pytest.raises(InvalidResponse, match=name):
        process({**DOCUMENT, name: value}, trusted_hosts={"op.example"}, plain_http=PlainHTTP.ALLOWED)


@pytest.mark.parametrize("name", list(ENDPOINTS))
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "https://op.example.evil.example/x",
        "https://evil-op.example/x",
        "https://sub.op.example/x",
        "https://op.example:8443/x",
        "https://127.0.0.1/x",
        "http://127.0.0.1:22/x",
    ],
)
def test_f63_endpoints_elsewhere_are_refused(name: str, url: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{name}.*trusted_provider_hosts") as caught:
        process({**DOCUMENT, name: url})
    assert url.removesuffix("/x") in caught.value.detail


@pytest.mark.parametrize("name", list(ENDPOINTS))
def test_f63_another_scheme_is_refused(name: str) -> None:
    document = {**DOCUMENT, name: "http://op.example/x"}
    with pytest.raises(ConfigurationError, match=rf"{name}.*allow_insecure_http"):
        process(document, trusted_hosts={"op.example"})
    with pytest.raises(ConfigurationError, match=rf"{name}.*trusted_provider_hosts"):
        process(document, plain_http=PlainHTTP.ALLOWED)
    assert (
        getattr(process(document, plain_http=PlainHTTP.ALLOWED, trusted_hosts={"op.example"}), name)
        == "http://op.example/x"
    )


@pytest.mark.parametrize(
    ("token_endpoint", "jwks_uri", "endpoints", "hosts"),
    [
        (
            "https://a.example/t",
            "https://b.example:1/k",
            ": token_endpoint (https://a.example), jwks_uri (https://b.example:1). ",
            '"a.example", "b.example:1"',
        ),
        (
            "https://A.example/t?u",
            "https://a.example/k",
            ": token_endpoint, jwks_uri (https://a.example). ",
            '"a.example"',
        ),
    ],
    ids=["two hosts", "one host"],
)
def test_f63_all_foreign_hosts_are_named_at_once(
    token_endpoint: str, jwks_uri: str, endpoints: str, hosts: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        process({**DOCUMENT, "token_endpoint": token_endpoint, "jwks_uri": jwks_uri})
    assert endpoints in caught.value.detail
    assert caught.value.detail.endswith(f"trusted_provider_hosts: {hosts}")


@pytest.mark.parametrize("trusted", [{"a.example"}, {"A.Example "}, {"a.example:443"}, {"other", "a.example"}])
def test_f63_trusted_hosts_are_accepted(trusted: set[str]) -> None:
    document = {**DOCUMENT, "token_endpoint": "https://A.example/t"}
    assert process(document, trusted_hosts=trusted).token_endpoint == "https://A.example/t"


@pytest.mark.parametrize(
    "trusted", [{"example"}, {".example"}, {"*.example"}, {"a.example:8443"}, {"xa.example"}, {""}]
)
def test_f63_trust_is_exact(trusted: set[str]) -> None:
    with pytest.raises(ConfigurationError, match="trusted_provider_hosts"):
        process({**DOCUMENT, "token_endpoint": "https://a.example/t"}, trusted_hosts=trusted)


def test_ipv6_hosts_can_be_trusted_with_and_without_brackets() -> None:
    document = {**DOCUMENT, "token_endpoint": "https://[2001:db8::1]:8443/t"}
    for trusted in ("2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:8443"):
        assert process(document, trusted_hosts={trusted}).token_endpoint


def test_a_provider_on_this_machine_may_speak_http() -> None:
    issuer = "http://127.0.0.1:9000"
    document = {"issuer": issuer, "authorization_endpoint": f"{issuer}/a", "token_endpoint": f"{issuer}/t"}
    assert process(document, issuer=issuer).token_endpoint == f"{issuer}/t"
    with pytest.raises(ConfigurationError, match="trusted_provider_hosts"):
        process({**document, "token_endpoint": "http://127.0.0.1:9001/t"}, issuer=issuer)


@pytest.mark.parametrize(
    "name",
    [
        "code_challenge_methods_supported",
        "id_token_signing_alg_values_supported",
        "token_endpoint_auth_methods_supported",
        "scopes_supported",
    ],
)
@pytest.mark.parametrize("value", ["S256", 1, {"S256": 1}, ["S256", 1], [None], [["S256"]]])
def test_lists_must_be_lists_of_strings(name: str, value: object) -> None:
    with pytest.raises(InvalidResponse, match=name):
        process({**DOCUMENT, name: value})


@pytest.mark.parametrize("value", ["true", 1, 0, []])
def test_whether_iss_is_sent_must_be_a_boolean(value: object) -> None:
    with pytest.raises(InvalidResponse, match="iss_parameter"):
        process({**DOCUMENT, "authorization_response_iss_parameter_supported": value})
    assert (
        process(
            without("authorization_response_iss_parameter_supported")
        ).authorization_response_iss_parameter_supported
        is False
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, ProviderUnreachable),
        (503, ProviderBusy),
        (429, ProviderBusy),
        (404, InvalidResponse),
        (302, InvalidResponse),
        (204, InvalidResponse),
    ],
)
def test_f15_to_f21_statuses(status: int, kind: type[SuiteError]) -> None:
    with pytest.raises(kind):
        process_discovery_response(answer(DOCUMENT, status=status), issuer=ISSUER)


def test_metadata_that_are_not_found_lead_to_the_options() -> None:
    with pytest.raises(InvalidResponse, match=f"HTTP 404; is the issuer '{ISSUER}' right, or is discovery_url needed"):
        process_discovery_response(answer(DOCUMENT, status=404), issuer=ISSUER)


@pytest.mark.parametrize("kind", ["", "text/html", "text/plain", "application/jwt", "image/json"])
def test_f25_another_type_is_refused(kind: str) -> None:
    with pytest.raises(InvalidResponse, match="type"):
        process_discovery_response(answer(DOCUMENT, kind=kind), issuer=ISSUER)
    assert process_discovery_response(answer(DOCUMENT, kind="Application/JSON; charset=UTF-8"), issuer=ISSUER)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"<html>", b'{"issuer": "a", "issuer": "b"}', b"[" * 200_000, b"\xff", b"x" * 2_000_000],
)
def test_f26_to_f33_hold_here(body: bytes) -> None:
    with pytest.raises(InvalidResponse):
        process(body)


urls = (
    st.sampled_from(
        [
            ISSUER,
            f"{ISSUER}/x",
            "https://evil.example",
            "http://op.example",
            "http://localhost",
            "https://[::1",
            "//x",
            "",
        ]
    )
    | st.text()
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | urls,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)
documents = st.dictionaries(st.sampled_from(sorted(DOCUMENT)), values).map(lambda changes: {**DOCUMENT, **changes})


@given(documents | values, st.sampled_from(PlainHTTP), st.sampled_from([(), ("evil.example",)]))
def test_only_typed_errors_or_a_trustworthy_value_come_out(
    document: object, plain_http: PlainHTTP, trusted: tuple[str, ...]
) -> None:
    try:
        metadata = process(document, trusted_hosts=trusted, plain_http=plain_http)
    except SuiteError:
        return
    assert metadata.issuer == ISSUER
    for name in ENDPOINTS:
        url = getattr(metadata, name)
        if url is not None:
            assert url.startswith(("https://op.example/", *(f"https://{host}" for host in trusted)))


@pytest.mark.parametrize("issuer", ["op.example", "https://op.example/#x", ""])
def test_a_document_cannot_vouch_for_an_issuer_that_is_no_url(issuer: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^issuer "):
        process({**DOCUMENT, "issuer": issuer}, issuer=issuer)
