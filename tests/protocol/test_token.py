"""token: responses in all formats that providers use; other responses are refused."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import (
    InvalidGrant,
    InvalidResponse,
    ProviderBusy,
    ProviderUnreachable,
    SuiteError,
    TokenResponseError,
)
from oauthenticator_suite.protocol.client import Client
from oauthenticator_suite.protocol.messages import FORM, Response
from oauthenticator_suite.protocol.token import (
    authorization_code_grant,
    authorization_scheme,
    check_token_info,
    granted_scope,
    lifetime,
    name_credentials,
    process_token_response,
    refresh_token_grant,
)

GOOD = {"access_token": "t", "token_type": "Bearer"}


def answer(body: object, status: int = 200, kind: str | None = "application/json") -> Response:
    raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Response(status, {} if kind is None else {"content-type": kind}, raw)


def refusal(response: Response) -> TokenResponseError:
    with pytest.raises(TokenResponseError) as caught:
        process_token_response(response)
    return caught.value


def named(member: str, value: object) -> str:
    """An error about a member states its type, and the length of a text, but not the value."""
    if value is None:
        return f"^token response: no {member}$"
    length = f" of {len(value)} characters" if isinstance(value, str) else ""
    return rf"^token response: {member} \({type(value).__name__}{length}\) is not "


def test_the_fields_of_the_grants() -> None:
    """RFC 6749 §4.1.3, §6; B13: there is no password grant."""
    code = {"grant_type": "authorization_code", "code": "c", "redirect_uri": "https://hub.example/cb"}
    assert authorization_code_grant("c", "https://hub.example/cb", None) == code
    assert authorization_code_grant("c", "https://hub.example/cb", "v") == {**code, "code_verifier": "v"}
    refresh = {"grant_type": "refresh_token", "refresh_token": "r"}
    assert refresh_token_grant("r") == refresh
    assert refresh_token_grant("r", ["a", "b"]) == {**refresh, "scope": "a b"}


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON;charset=UTF-8",
        "application/vnd.x+json",
        "text/javascript",
        "text/json",
        "text/plain",
        None,
    ],
)
def test_json_replies(kind: str | None) -> None:
    assert process_token_response(answer(" \n" + json.dumps(GOOD), kind=kind)) == GOOD


@pytest.mark.parametrize("kind", [FORM, FORM + "; charset=utf-8", "text/plain", None])
def test_form_encoded_replies(kind: str | None) -> None:
    body = "access_token=a%2Fb&expires_in=3600&scope=read%3Aorg+user%2Crepo&token_type=bearer&refresh_token=\n"
    info = process_token_response(answer(body, kind=kind))
    assert info == {"access_token": "a/b", "expires_in": "3600", "scope": "read:org user,repo", "token_type": "bearer"}
    check_token_info(info)
    assert granted_scope(info, []) == ["read:org", "user", "repo"]
    assert lifetime(info) == 3600.0


@pytest.mark.parametrize(
    ("status", "kind"),
    # a success that is called HTML is not read at all
    [(status, kind) for status in (200, 400, 401) for kind in ("application/json", FORM, "text/plain", None)]
    + [(400, "text/html"), (401, "text/html")],
)
def test_f34_f35_an_error_is_an_error_whatever_the_status(status: int, kind: str | None) -> None:
    fields = {"error": "invalid_grant", "error_description": "Code expired.", "access_token": "canary"}
    for body in [json.dumps(fields)] * (kind != FORM) + [urlencode(fields)] * (kind != "application/json"):
        error = refusal(answer(body, status, kind))
        assert isinstance(error, InvalidGrant)
        assert (error.status, error.error) == (400, "invalid_grant")
        assert "Code expired." in error.detail
        assert "canary" not in error.detail


@pytest.mark.parametrize("code", ["bad_verification_code", "bad_refresh_token"])
def test_f35_githubs_words_for_it(code: str) -> None:
    assert isinstance(refusal(answer({"error": code})), InvalidGrant)


@pytest.mark.parametrize(
    ("status", "code"), [(401, "invalid_client"), (400, "invalid_client"), (200, "incorrect_client_credentials")]
)
def test_a_refused_client_is_told_which_options_to_check(status: int, code: str) -> None:
    error = refusal(answer({"error": code}, status))
    assert not isinstance(error, InvalidGrant)
    assert (error.status, error.error) == (502, code)
    for option in ("client_id", "client_secret", "client_auth_method", "basic_auth"):
        assert option in error.detail


@pytest.mark.parametrize(
    ("client", "named"),
    [
        (Client("id", "", "none"), True),
        (Client("id", "unused", "none"), True),
        (Client("id", "", "client_secret_post"), True),
        (Client("id", "s"), False),
    ],
)
def test_a_refused_client_without_a_secret_is_told_so(client: Client, named: bool) -> None:
    error = refusal(answer({"error": "invalid_client"}, 401))
    name_credentials(error, client, {})
    assert ("client_auth_method (or basic_auth). The Hub sent no client secret" in error.detail) is named


def test_a_missing_secret_explains_no_other_error() -> None:
    error = refusal(answer({"error": "invalid_scope"}, 400))
    before = error.detail
    name_credentials(error, Client("id", "", "none"), {"code": "c"})
    assert error.detail == before


@pytest.mark.parametrize(("fields", "named"), [({"code": "c"}, True), ({"refresh_token": "r"}, False)])
def test_a_refused_code_may_be_a_demand_of_the_provider(fields: dict[str, str], named: bool) -> None:
    """The certified provider says ``invalid_grant``, and no reason, when DPoP is demanded."""
    error = refusal(answer({"error": "invalid_grant"}, 400))
    name_credentials(error, Client("id", "secret"), fields)
    assert (
        "HTTP 400, invalid_grant. If no login succeeds: the provider may demand DPoP (enable_dpop" in error.detail
    ) is named


@pytest.mark.parametrize(
    "body",
    ["", "<html>Unauthorized", "{}", "[]", '{"message": "no"}', '{"error": null}', '{"error": 1, "error": 2}', b"\xff"],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_4xx_without_an_error_code_is_refused_all_the_same(body: str | bytes, status: int) -> None:
    for kind in ("application/json", "text/html", "image/png", FORM):
        error = refusal(answer(body, status, kind))
        assert not isinstance(error, InvalidGrant)
        assert (error.status, error.error) == (502, "invalid_response")
        assert error.detail.startswith(f"token request: HTTP {status}, ")
        assert error.detail.count("token request") == 1
        assert ("client_auth_method" in error.detail) == (status == 401)


def test_a_4xx_is_no_success_even_with_a_token_in_it() -> None:
    error = refusal(answer(GOOD, 400))
    assert (error.error, error.detail) == ("invalid_response", "token request: HTTP 400, no error code")


@pytest.mark.parametrize("error", [{"message": "canary", "code": 190}, ["canary"], 1, True, False, 0])
@pytest.mark.parametrize("status", [200, 400])
def test_an_error_of_another_type_is_an_error(error: object, status: int) -> None:
    refused = refusal(answer({**GOOD, "error": error}, status))
    assert refused.error == "invalid_response"
    assert refused.detail == f"token request: HTTP {status}, an error of type {type(error).__name__}"


def test_an_error_member_that_says_nothing_is_none() -> None:
    for nothing in (None, ""):
        assert process_token_response(answer({**GOOD, "error": nothing})) == {**GOOD, "error": nothing}


def test_hostile_error_codes_are_bounded_and_cleaned() -> None:
    for code in ("x y\r\n" * 10_000, "\x1b[2J", "4e5f6a7b8c9d0e1f2a3b", "\u202e", "a" * 100_000):
        error = refusal(answer({"error": code, "error_description": code}, 400))
        assert error.error
        assert len(error.error) <= 64
        assert len(error.detail) < 400
        assert error.detail.isprintable()
        assert "4e5f6a7b" not in error.detail


def test_an_error_code_without_a_visible_character_has_a_name() -> None:
    assert refusal(answer({"error": "\x1b\r\n"}, 400)).error == "error"


def test_the_reasons_that_the_provider_gives_are_in_the_detail() -> None:
    """Servers built on league/oauth2-server give the reason as a hint. Ours is the last."""
    reasons = {"error_description": "The scope is invalid.", "hint": "Check the scope."}
    error = refusal(answer({"error": "invalid_scope", **reasons}, 400))
    assert error.detail == (
        "token request: HTTP 400, invalid_scope; The scope is invalid.; Check the scope.; check scope"
    )


def test_a_provider_without_a_key_to_encrypt_with_has_the_options_named() -> None:
    error = refusal(answer({"error": "invalid_client_metadata"}, 400))
    for name in ("client_decryption_key_file", "client_key_file", "oauth_jwks"):
        assert name in error.detail


@pytest.mark.parametrize("description", [None, 1, ["canary"], {"a": "canary"}])
def test_descriptions_of_other_types_are_left_out(description: object) -> None:
    error = refusal(answer({"error": "invalid_request", "error_description": description}, 400))
    assert error.detail == "token request: HTTP 400, invalid_request"


@pytest.mark.parametrize(
    "kind",
    ["application/xml", "image/png", "application/octet-stream", "application/jwt", "multipart/form-data", "text/html"],
)
def test_f25_another_type_is_refused(kind: str) -> None:
    with pytest.raises(InvalidResponse, match="type"):
        process_token_response(answer(GOOD, kind=kind))


def test_an_empty_answer_is_called_empty() -> None:
    """A provider that refuses the client often sends a status alone."""
    for kind in ("application/json", "text/plain", "text/html", None):
        assert refusal(answer(" \n", 401, kind)).detail.startswith("token request: HTTP 401, empty")


def test_a_form_of_another_type_must_have_a_token_or_an_error() -> None:
    """Otherwise any text would be a form. A provider's class may complete a body that is called a form."""
    assert process_token_response(answer("refresh_token=r", kind=FORM)) == {"refresh_token": "r"}
    for kind in ("text/plain", None):
        with pytest.raises(InvalidResponse):
            process_token_response(answer("refresh_token=r", kind=kind))
        assert process_token_response(answer("access_token=t", kind=kind)) == {"access_token": "t"}
        assert isinstance(refusal(answer("error=invalid_grant", kind=kind)), InvalidGrant)


def test_a_form_may_have_a_megabyte() -> None:
    body = "access_token=".ljust(1_048_576, "x")
    assert len(process_token_response(answer(body, kind=FORM))["access_token"]) == 1_048_576 - len("access_token=")
    with pytest.raises(InvalidResponse, match="larger than 1048576 bytes"):
        process_token_response(answer(body + "x", kind=FORM))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{",
        "<html>",
        '{"access_token": "a", "access_token": "b"}',
        '{"a": NaN}',
        "[" * 200_000,
        '{"a":' * 200_000,
        b"\xff",
        b"\xef\xbb\xbf{}",
        "x" * 2_000_000,
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/html", None])
def test_f26_to_f33_hold_here(body: str | bytes, kind: str | None) -> None:
    with pytest.raises(InvalidResponse):
        process_token_response(answer(body, kind=kind))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "&&",
        "a=1&a=2",
        "access_token=%ff",
        b"access_token=\xff",
        "&".join(f"a{i}=1" for i in range(60)),
        "a=" + "x" * 2_000_000,
    ],
)
def test_forms_are_read_strictly_too(body: str | bytes) -> None:
    with pytest.raises(InvalidResponse):
        process_token_response(answer(body, kind=FORM))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, ProviderUnreachable),
        (502, ProviderUnreachable),
        (503, ProviderBusy),
        (429, ProviderBusy),
        (302, InvalidResponse),
        (307, InvalidResponse),
        (204, InvalidResponse),
    ],
)
def test_f15_to_f20_an_outage_comes_before_what_the_body_says(status: int, kind: type[SuiteError]) -> None:
    body = b"" if status == 204 else json.dumps({"error": "invalid_grant"}).encode()
    with pytest.raises(kind, match=rf"^token request: HTTP {status}\b|^token request: empty"):
        process_token_response(answer(body, status))


@pytest.mark.parametrize("token_type", ["Bearer", "bearer", "BEARER", "bEaReR", None])
def test_f36_token_type_is_optional_and_of_any_case(token_type: str | None) -> None:
    """C fapi2 token-type-case-insensitivity; RFC 6749 §7.1."""
    check_token_info({"access_token": "t", "token_type": token_type})
    check_token_info({"access_token": "t"})


@pytest.mark.parametrize(
    ("token_type", "scheme"),
    [("bearer", "Bearer"), ("BEARER", "Bearer"), (None, "Bearer"), ("mac", "mac"), ("DPoP", "DPoP"), ("user", "user")],
)
def test_another_token_type_is_the_scheme_of_the_header(token_type: str | None, scheme: str) -> None:
    """RFC 6749 §7.1. The type Bearer has any case; another one is written as the provider writes it."""
    info = {"access_token": "t", "token_type": token_type}
    check_token_info(info)
    assert authorization_scheme(info) == scheme


@pytest.mark.parametrize("token_type", ["", "Bearer ", "a b", "x\r\ny", "t" * 65, "é", 1, ["Bearer"], True])
def test_f37_what_is_no_token_type_is_refused(token_type: object) -> None:
    with pytest.raises(TokenResponseError, match=named("token_type", token_type)):
        check_token_info({"access_token": "t", "token_type": token_type})


@pytest.mark.parametrize(
    "token",
    [
        None,
        1,
        True,
        "",
        " ",
        "a b",
        "a\r\nX-Evil: 1",
        "a\n",
        "\x00",
        "ü",
        "x" * 65_537,
        "x" * 1_000_000,
        ["t"],
        {"t": 1},
    ],
)
def test_f38_an_access_token_that_is_unfit_for_a_header_is_refused(token: object) -> None:
    with pytest.raises(TokenResponseError, match=named("access_token", token)) as caught:
        check_token_info({"access_token": token})
    assert caught.value.error == "invalid_response"
    assert "Evil" not in caught.value.detail
    assert len(caught.value.detail) < 150


def test_access_tokens_that_are_in_use() -> None:
    for token in ("t", "gho_16C7e42F292c6912E7710c838347Ae178B4a", "eyJ.eyJ.sig-_", "a/b+c==", "x" * 65_536, "{}|:;'"):
        check_token_info({"access_token": token})


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("refresh_token", 1),
        ("refresh_token", ["r"]),
        ("refresh_token", "a\nb"),
        ("refresh_token", "x" * 65_537),
        ("id_token", 1),
        ("id_token", {"sub": "a"}),
        ("scope", 1),
        ("scope", {"a": 1}),
        ("scope", ["a", 1]),
        ("scope", True),
        ("expires_in", "soon"),
        ("expires_in", "1e9"),
        ("expires_in", "-1"),
        ("expires_in", "٣"),
        ("expires_in", True),
        ("expires_in", [1]),
        ("expires_in", 1e300),
        ("expires_in", 10**18),
        ("expires_in", 10**400),
        ("expires_in", float("nan")),
        ("expires_in", float("inf")),
    ],
)
def test_members_of_a_wrong_type_are_named(member: str, value: object) -> None:
    with pytest.raises(TokenResponseError, match=named(member, value)) as caught:
        check_token_info({**GOOD, member: value})
    assert caught.value.error == "invalid_response"


def test_a_full_reply_is_accepted() -> None:
    check_token_info(
        {**GOOD, "refresh_token": "r", "id_token": "a.b.c", "scope": ["a"], "expires_in": 3600, "more": object()}
    )
    check_token_info({**GOOD, "refresh_token": None, "id_token": None, "scope": None, "expires_in": None})


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({}, ["a", "b"]),
        ({"scope": None}, ["a", "b"]),
        ({"scope": ""}, []),
        ({"scope": "a"}, ["a"]),
        ({"scope": "c a"}, ["c", "a"]),
        ({"scope": "read:org,user"}, ["read:org", "user"]),
        ({"scope": " a,  b ,a "}, ["a", "b"]),
        ({"scope": ["c", "d e"]}, ["c", "d", "e"]),
    ],
)
def test_f40_granted_scope(reply: dict[str, object], expected: list[str]) -> None:
    """RFC 6749 §5.1: the granted scope may be narrower; without ``scope`` it is the requested one."""
    assert granted_scope(reply, ["a", "b", "a"]) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3600, 3600.0),
        (0.5, 0.5),
        ("3599", 3599.0),
        ("3599.5", 3599.5),
        (0, None),
        (-1, None),
        (None, None),
        (10**12, 315_360_000.0),
    ],
)
def test_lifetime(value: object, expected: float | None) -> None:
    assert lifetime({"expires_in": value}) == expected


members = st.sampled_from(
    ["access_token", "token_type", "refresh_token", "id_token", "scope", "expires_in", "error", "error_description"]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["bearer", "mac", "invalid_grant", "3600"])
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)
replies = st.dictionaries(members, values).map(lambda changes: {**GOOD, **changes})


@given(
    body=st.binary(max_size=300)
    | replies.map(lambda reply: json.dumps(reply).encode())
    | replies.map(
        lambda reply: urlencode({name: str(value) for name, value in reply.items()}, errors="replace").encode()
    ),
    status=st.sampled_from([200, 200, 201, 400, 401]) | st.integers(100, 599),
    kind=st.sampled_from(["application/json", FORM, "text/plain", "text/html", ""]) | st.text(),
)
def test_only_typed_errors_or_usable_tokens_come_out(body: bytes, status: int, kind: str) -> None:
    """F25-F38: whatever a token endpoint answers."""
    try:
        info: dict[str, Any] = process_token_response(Response(status, {"content-type": kind}, body))
        check_token_info(info)
    except SuiteError as error:
        refused = error
    else:
        assert 200 <= status < 300
        assert not info.get("error")
        assert info["access_token"].isascii()
        assert info["access_token"].isprintable()
        assert all(isinstance(name, str) and name for name in granted_scope(info, []))
        seconds = lifetime(info)
        assert seconds is None or 0 < seconds <= 315_360_000
        return
    assert refused.detail.isprintable()
    assert len(refused.detail) < 500


@pytest.mark.parametrize(
    ("method", "named"),
    [
        ("private_key_jwt", "client_key_file"),
        ("client_secret_jwt", "client_secret signs"),
        ("tls_client_auth", "client_certificate_file"),
        ("self_signed_tls_client_auth", "client_certificate_file"),
    ],
)
def test_an_error_about_the_client_names_what_was_sent_instead_of_a_secret(method: Any, named: str) -> None:
    error = refusal(answer({"error": "invalid_client"}, 401))
    name_credentials(error, Client("id", "", method, lambda: "assertion"), {"code": "c"})
    assert named in error.detail
    assert "basic_auth" not in error.detail
