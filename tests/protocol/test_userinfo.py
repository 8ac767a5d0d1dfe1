"""userinfo: the request, the validation of its response, and the check of the subject."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import (
    ConfigurationError,
    InvalidResponse,
    InvalidToken,
    ProviderBusy,
    ProviderUnreachable,
    StepUpRequired,
    SuiteError,
    TokenResponseError,
    UserLimit,
)
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.userinfo import check_subject, process_userinfo_response, userinfo_request

ENDPOINT = "https://op.example/userinfo"


def answer(body: bytes | str, status: int = 200, kind: str | None = "application/json", **headers: str) -> Response:
    all_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if kind is not None:
        all_headers["content-type"] = kind
    return Response(status, all_headers, body.encode() if isinstance(body, str) else body)


def test_the_token_goes_into_the_header() -> None:
    """B18 and C oidcc-client-test-userinfo-bearer-header: no token in a URL."""
    request = userinfo_request(ENDPOINT + "?v=2", access_token="t0k/en", method="header", params={"fields": "id,name"})
    assert (request.method, request.label) == ("GET", "userinfo request")
    assert request.url == ENDPOINT + "?v=2&fields=id%2Cname"
    assert request.headers == {"Accept": "application/json", "Authorization": "Bearer t0k/en"}
    assert request.body is None


def test_the_token_goes_into_the_url_only_when_asked_to() -> None:
    request = userinfo_request(ENDPOINT, access_token="a&b=c#d", method="url", params={"x": "1"})
    assert "Authorization" not in request.headers
    assert parse_qsl(urlsplit(request.url).query) == [("x", "1"), ("access_token", "a&b=c#d")]
    assert "a&b" not in repr(request)
    assert "%26b" not in repr(request)


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Evil: 1", "ü", "x" * 65_537, None, 1])
def test_f38_a_token_that_is_unfit_for_a_header_is_never_sent(token: object) -> None:
    with pytest.raises(TokenResponseError) as caught:
        userinfo_request(ENDPOINT, access_token=token, method="header", params={})  # type: ignore[arg-type]
    assert "Evil" not in caught.value.detail


def test_the_token_in_the_body() -> None:
    """RFC 6750 §2.2."""
    request = userinfo_request(ENDPOINT, access_token="t0ken", method="body", params={"v": "2"})
    assert (request.method, request.url, request.body) == ("POST", f"{ENDPOINT}?v=2", b"access_token=t0ken")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in request.headers


def test_wrong_options_are_named() -> None:
    with pytest.raises(ConfigurationError, match="userdata_params"):
        userinfo_request(ENDPOINT, access_token="t", method="header", params={"access_token": "x"})
    with pytest.raises(ConfigurationError, match=r"userdata_params.*'v'.*int"):
        userinfo_request(ENDPOINT, access_token="t", method="header", params={"v": 1})  # type: ignore[dict-item]
    with pytest.raises(ConfigurationError, match=r"^userdata_url: .* has the parameter v$"):
        userinfo_request(ENDPOINT + "?v=1", access_token="t", method="header", params={"v": "2"})
    with pytest.raises(ConfigurationError, match="userdata_token_method"):
        userinfo_request(ENDPOINT, access_token="t", method="cookie", params={})


@pytest.mark.parametrize(
    "kind",
    ["application/json; charset=utf-8", "application/hal+json", "text/plain", "text/javascript", None],
)
def test_a_json_object_is_read(kind: str | None) -> None:
    assert process_userinfo_response(answer('{"sub": "a", "groups": ["g"]}', kind=kind)) == {
        "sub": "a",
        "groups": ["g"],
    }


@pytest.mark.parametrize(
    "kind",
    ["application/xml", "text/html", "image/png", "application/octet-stream", "application/x-www-form-urlencoded"],
)
def test_f25_another_type_is_refused(kind: str) -> None:
    with pytest.raises(InvalidResponse, match="type"):
        process_userinfo_response(answer('{"sub": "a"}', kind=kind))


def test_f67_a_signed_answer_is_not_read_as_json() -> None:
    with pytest.raises(InvalidResponse, match="media type"):
        process_userinfo_response(answer("eyJ.eyJ.sig", kind="application/jwt"))


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", '"x"', "<html>", '{"sub": "a", "sub": "b"}', '{"a": NaN}', b"\xef\xbb\xbf{}", b'{"a": "\xff"}'],
)
def test_f26_to_f33_hold_here(body: bytes | str) -> None:
    with pytest.raises(InvalidResponse):
        process_userinfo_response(answer(body))


@pytest.mark.parametrize(("status", "error"), [(401, "invalid_token"), (403, "insufficient_scope")])
def test_f66_a_refused_token_is_no_outage(status: int, error: str) -> None:
    with pytest.raises(TokenResponseError) as caught:
        process_userinfo_response(answer("canary", status=status, kind="text/html"))
    assert caught.value.error == error
    assert "canary" not in caught.value.detail


def test_a_400_that_says_invalid_token_is_believed() -> None:
    """RFC 6750 §3.1."""
    with pytest.raises(TokenResponseError) as caught:
        process_userinfo_response(answer("{}", status=400, www_authenticate='Bearer error="invalid_token"'))
    assert caught.value.error == "invalid_token"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, ProviderUnreachable),
        (502, ProviderUnreachable),
        (503, ProviderBusy),
        (429, UserLimit),
        (204, InvalidResponse),
        (302, InvalidResponse),
        (307, InvalidResponse),
        (400, InvalidResponse),
        (404, InvalidResponse),
    ],
)
def test_f15_to_f20_other_statuses(status: int, kind: type[SuiteError]) -> None:
    """A limit is one on this user, because the user's token was sent."""
    with pytest.raises(SuiteError) as caught:
        process_userinfo_response(answer('{"sub": "a"}', status=status))
    assert type(caught.value) is kind


def test_f65_the_subject_must_be_that_of_the_id_token() -> None:
    """B20 and C oidcc-client-test-userinfo-invalid-sub."""
    check_subject({"sub": "a"}, "a", required=True)
    check_subject({"sub": "a"}, "a", required=False)
    check_subject({"name": "x"}, "a", required=False)
    wrong: list[tuple[dict[str, object], bool]] = [
        ({"sub": "canary"}, False),
        ({"sub": "A"}, False),
        ({"sub": "a "}, True),
        ({"sub": ""}, False),
        ({"sub": 1}, False),
        ({"sub": ["a"]}, True),
        ({"sub": True}, True),
        ({"sub": None}, True),
        ({}, True),
    ]
    for user_info, required in wrong:
        with pytest.raises(InvalidToken) as caught:
            check_subject(user_info, "a", required=required)
        assert caught.value.claim == "sub"
        assert "canary" not in caught.value.detail


json_documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["sub", "error", "a"]) | st.text(), inner, max_size=4)
    ),
    max_leaves=10,
).map(json.dumps)


@given(
    body=st.binary(max_size=200) | json_documents.map(str.encode),
    status=st.integers(100, 599),
    kind=st.sampled_from(["application/json", "text/html", "application/jwt", "", "a/b+json"]) | st.text(),
    challenge=st.text(),
)
def test_only_typed_errors_ever_come_out(body: bytes, status: int, kind: str, challenge: str) -> None:
    response = Response(status, {"content-type": kind, "www-authenticate": challenge}, body)
    try:
        user_info = process_userinfo_response(response)
        check_subject(user_info, "a", required=False)
    except SuiteError:
        return
    assert isinstance(user_info, dict)
    assert status == 200


def test_a_challenge_that_demands_another_sign_in() -> None:
    """RFC 9470 §3: the session ends, and the log says what the provider demands."""
    challenge = 'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="60"'
    with pytest.raises(StepUpRequired, match=r'acr_values="mfa".*set acr_values or reauthenticate_after') as caught:
        process_userinfo_response(answer("{}", 401, www_authenticate=challenge))
    assert caught.value.error == "invalid_token"
    assert caught.value.demand == {"acr_values": "mfa", "max_age": "60"}


def test_only_a_401_demands_another_sign_in() -> None:
    """RFC 9470 §3: the challenge belongs to the status 401."""
    challenge = 'Bearer error="insufficient_user_authentication"'
    assert process_userinfo_response(answer('{"sub": "a"}', 200, www_authenticate=challenge)) == {"sub": "a"}
    with pytest.raises(TokenResponseError) as caught:
        process_userinfo_response(answer("{}", 403, www_authenticate=challenge))
    assert (type(caught.value), caught.value.error) == (TokenResponseError, "insufficient_scope")
