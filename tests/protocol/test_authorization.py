"""authorization: the parameters of the redirect, and the validation of the response."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import AuthorizationResponseError, ConfigurationError, SuiteError
from oauthenticator_suite.protocol.authorization import (
    PROTECTED_PARAMETERS,
    authorization_url,
    code_challenge,
    parse_query,
    reported_error,
    validate_authorization_response,
)

ENDPOINT = "https://op.example/authorize"
ISSUER = "https://op.example"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def url(endpoint: str = ENDPOINT, **changes: Any) -> str:
    values: dict[str, Any] = {
        "client_id": "id",
        "redirect_uri": "https://hub.example/hub/oauth_callback",
        "scope": ["openid", "email"],
        "state": "s",
        "nonce": "n",
        "code_verifier": VERIFIER,
        "extra": {},
    }
    return authorization_url(endpoint, **{**values, **changes})


def test_the_response_mode_is_sent_if_it_is_another_than_the_default() -> None:
    assert dict(parse_qsl(urlsplit(url(response_mode="form_post")).query))["response_mode"] == "form_post"
    assert "response_mode" not in dict(parse_qsl(urlsplit(url()).query))


def refusal(params: dict[str, str], **changes: Any) -> AuthorizationResponseError:
    values: dict[str, Any] = {"state": "s", "issuer": ISSUER, "iss_required": False}
    with pytest.raises(AuthorizationResponseError) as caught:
        validate_authorization_response(params, **{**values, **changes})
    return caught.value


def test_the_challenge_of_the_rfc() -> None:
    """RFC 7636 appendix B; B8: S256 only."""
    assert code_challenge(VERIFIER) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize("verifier", ["", "a" * 42, "a" * 129, "ü" * 50, "a b" * 20, "a" * 43 + "\n"])
def test_a_weak_verifier_is_refused(verifier: str) -> None:
    with pytest.raises(ConfigurationError, match="code_verifier"):
        code_challenge(verifier)


def test_what_the_redirect_carries() -> None:
    assert parse_qsl(urlsplit(url(extra={"prompt": "login"})).query, strict_parsing=True) == [
        ("response_type", "code"),
        ("client_id", "id"),
        ("redirect_uri", "https://hub.example/hub/oauth_callback"),
        ("scope", "openid email"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("prompt", "login"),
    ]


def test_what_is_not_wanted_is_not_sent() -> None:
    names = dict(parse_qsl(urlsplit(url(scope=[], nonce=None, code_verifier=None)).query, strict_parsing=True))
    assert sorted(names) == ["client_id", "redirect_uri", "response_type", "state"]
    assert "scope" not in url(scope=["", ""])


@pytest.mark.parametrize("name", sorted(PROTECTED_PARAMETERS))
def test_protected_parameters_cannot_be_set(name: str) -> None:
    """B6, B7: options cannot change state, PKCE and nonce."""
    with pytest.raises(ConfigurationError, match=rf"extra_authorize_params .*{name}"):
        url(extra={name: "x"})


def test_the_endpoints_own_query_is_kept() -> None:
    assert url(ENDPOINT + "?p=B2C_1_x&q=%7E").startswith(ENDPOINT + "?p=B2C_1_x&q=%7E&response_type=code&")


@pytest.mark.parametrize("query", ["state=x", "sta%74e=", "prompt=none", "a=1&a=2"])
def test_never_two_of_one_parameter(query: str) -> None:
    """RFC 6749 §3.1: parameters must not be included more than once."""
    with pytest.raises(ConfigurationError, match="authorize_url"):
        url(f"{ENDPOINT}?{query}", extra={"prompt": "login"})


@pytest.mark.parametrize(
    "endpoint", ["", "/authorize", "javascript:alert(1)", ENDPOINT + "#x", "https://op.example\\@evil.example"]
)
def test_an_endpoint_that_is_no_url_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^authorize_url "):
        url(endpoint)


def test_options_of_a_wrong_type_are_named() -> None:
    with pytest.raises(ConfigurationError, match=r"extra_authorize_params.*'max_age'.*int"):
        url(extra={"max_age": 1})
    with pytest.raises(ConfigurationError, match="scope must be a list"):
        url(scope="openid email")


@given(
    client_id=text,
    redirect_uri=text,
    scope=st.lists(text.filter(lambda s: s and " " not in s), max_size=4),
    state=text,
    nonce=st.none() | text,
    extra=st.dictionaries(text.filter(lambda name: name not in PROTECTED_PARAMETERS), text, max_size=4),
    own=st.dictionaries(st.sampled_from(["p", "q q", "tenant"]), text, max_size=3),
)
def test_the_url_says_what_was_given(
    client_id: str,
    redirect_uri: str,
    scope: list[str],
    state: str,
    nonce: str | None,
    extra: dict[str, str],
    own: dict[str, str],
) -> None:
    endpoint = f"{ENDPOINT}?{urlencode(own)}" if own else ENDPOINT
    expected = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        **own,
        **extra,
    }
    if scope:
        expected["scope"] = " ".join(scope)
    if nonce is not None:
        expected["nonce"] = nonce
    arguments: dict[str, Any] = {"scope": scope, "nonce": nonce, "code_verifier": None, "extra": extra}
    if own.keys() & extra.keys():
        with pytest.raises(ConfigurationError):
            url(endpoint, client_id=client_id, redirect_uri=redirect_uri, state=state, **arguments)
        return
    made = url(endpoint, client_id=client_id, redirect_uri=redirect_uri, state=state, **arguments)
    pairs = parse_qsl(urlsplit(made).query, keep_blank_values=True, strict_parsing=True)
    assert dict(pairs) == expected
    assert len(pairs) == len(expected)
    assert made.isascii()
    assert made.startswith(endpoint)


def test_a_query_is_read() -> None:
    assert parse_query("code=a%2Bb+c&state=%C3%BC&empty=&session_state=x") == {
        "code": "a+b c",
        "state": "ü",
        "session_state": "x",
    }
    assert parse_query("") == {}


def test_f73_the_greatest_length_is_allowed() -> None:
    assert parse_query("code=" + "x" * (16_384 - 5)) == {"code": "x" * (16_384 - 5)}
    assert parse_query("code=1", max_length=6) == {"code": "1"}
    with pytest.raises(AuthorizationResponseError, match="a query of 6 characters"):
        parse_query("code=1", max_length=5)


@pytest.mark.parametrize(
    "query",
    [
        "code=1&code=2",
        "code=1&code=1",
        "state=&state=s",
        "a=1&%61=2",
        "code=%ff",
        "code=\ud800",
        "code=%00",
        "code=a%0d%0ab",
        "st%00ate=x",
        "x=%7f",
        "x=%c2%85",
        "a=1&" * 51,
        "&" * 50,
        "code=" + "x" * 16_384,
        "&".join(f"a{i}=1" for i in range(100_000)),
    ],
)
def test_f73_a_malformed_query_is_refused(query: str) -> None:
    """Duplicates, 10⁵ parameters, 16 kB, surrogates: one 400."""
    with pytest.raises(AuthorizationResponseError) as caught:
        parse_query(query)
    assert (caught.value.status, caught.value.error) == (400, "malformed")
    assert len(caught.value.detail) < 100


def test_a_description_may_have_lines() -> None:
    """Entra ID sends an error_description with line breaks. A user who cancels must still see the right page."""
    params = parse_query("error=access_denied&error_description=AADSTS65004%3a+declined%0d%0aTrace&state=s")
    error = refusal(params)
    assert error.status == 403
    assert "AADSTS65004: declined Trace" in error.detail


@given(st.text(max_size=200) | st.text("acdeost=&%+012fF\ud800\x00", max_size=80))
def test_only_typed_errors_or_clean_text_come_out_of_a_query(query: str) -> None:
    try:
        params = parse_query(query)
    except SuiteError as error:
        refused = error
    else:
        assert all(name.isascii() or name.encode("utf-8") for name in params)
        assert all(value and "\x00" not in value and "\n" not in value for value in params.values())
        assert parse_query(urlencode(params)) == params
        return
    assert refused.status == 400


@given(
    st.dictionaries(
        text.filter(lambda s: s.isprintable() and bool(s)),
        text.filter(lambda s: s.isprintable() and bool(s)),
        max_size=20,
    )
)
def test_what_a_provider_encodes_comes_back(params: dict[str, str]) -> None:
    assert parse_query(urlencode(params)) == params
    assert parse_query(urlencode(params, quote_via=quote)) == params


def test_a_good_response_gives_its_code() -> None:
    for params in (
        {"code": "c"},
        {"code": "c", "iss": ISSUER},
        {"code": "c", "session_state": "x", "scope": "a", "hd": "b"},
    ):
        assert (
            validate_authorization_response({**params, "state": "s"}, state="s", issuer=ISSUER, iss_required=False)
            == "c"
        )
    with_iss = {"code": "c", "state": "s", "iss": ISSUER}
    assert validate_authorization_response(with_iss, state="s", issuer=ISSUER, iss_required=True) == "c"
    assert validate_authorization_response(with_iss, state="s", issuer=None, iss_required=False) == "c"


@pytest.mark.parametrize("iss", ["https://evil.example", ISSUER + "/", ISSUER.upper(), "x"])
def test_f74_another_iss_is_refused_before_all_else(iss: str) -> None:
    """B4, RFC 9207 §2.4; C fapi2 invalid-authorization-response-iss."""
    for more in (
        {"code": "c", "state": "s"},
        {"error": "access_denied", "state": "s"},
        {"code": "c", "state": "other"},
        {},
    ):
        error = refusal({**more, "iss": iss})
        assert (error.status, error.error) == (400, "invalid_iss")
        assert f"names another issuer: {iss!a}, not 'https://op.example'" in error.detail


def test_f74_an_announced_iss_must_be_there() -> None:
    """C fapi2 remove-authorization-response-iss."""
    assert refusal({"code": "c", "state": "s"}, iss_required=True).error == "invalid_iss"
    assert refusal({"error": "access_denied", "state": "s"}, iss_required=True).error == "invalid_iss"


@pytest.mark.parametrize("state", [None, "", "S", "s ", "ss", "ü", "\ud800"])
def test_f72_the_state_must_be_this_attempts(state: str | None) -> None:
    """B2; C fapi2 ensure-authorization-response-with-invalid-state-fails and -invalid-missing-state-fails."""
    error = refusal({"code": "c"} if state is None else {"code": "c", "state": state})
    assert (error.status, error.error) == (400, "invalid_state")


def test_an_empty_state_of_ours_matches_nothing() -> None:
    assert refusal({"code": "c"}, state="").error == "invalid_state"
    assert refusal({"code": "c", "state": ""}, state="").error == "invalid_state"


def test_f75_an_error_without_state_is_not_listened_to() -> None:
    error = refusal({"error": "access_denied", "error_description": "canary"})
    assert (error.status, error.error) == (400, "invalid_state")
    assert error.public_message == AuthorizationResponseError.public_message
    assert "canary" not in error.detail


def test_a_cancelled_sign_in_says_so() -> None:
    error = refusal({"error": "access_denied", "state": "s", "code": "ignored"})
    assert (error.status, error.error, error.retry) == (403, "access_denied", True)
    assert "cancelled" in error.public_message


@pytest.mark.parametrize(
    "code",
    [
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "interaction_required",
        "login_required",
        "account_selection_required",
        "consent_required",
        "invalid_request_uri",
        "invalid_request_object",
        "request_not_supported",
        "request_uri_not_supported",
        "registration_not_supported",
        "something_new",
    ],
)
def test_the_providers_errors_get_safe_sentences(code: str) -> None:
    """RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6, C oidcc-client-test-form-post-error."""
    error = refusal({"error": code, "error_description": "<b>their words</b>", "state": "s"})
    assert (error.status, error.error) == (400, code)
    assert error.public_message != AuthorizationResponseError.public_message
    assert "their words" not in error.public_message
    assert "their words" in error.detail
    assert code in error.detail


def test_an_error_is_reported_by_its_code_and_description() -> None:
    assert reported_error({"error": "a_code", "error_description": "The words."}) == "a_code; The words."
    assert reported_error({"error": "a_code"}) == "a_code"
    # neither is there, or can be shown
    assert reported_error({}) == "error"
    assert reported_error({"error": "\u200b", "error_description": " "}) == "error"
    assert len(reported_error({"error": "many words " * 9})) == 64


def test_a_code_that_is_not_known_has_no_hint() -> None:
    error = refusal({"error": "something_new", "state": "s"})
    assert error.detail.endswith("the provider refused: something_new")
    assert refusal({"error": " ", "state": "s"}).error == "error"


def test_what_only_the_administrator_can_mend_is_not_offered_again() -> None:
    error = refusal({"error": "invalid_scope", "state": "s"})
    assert error.retry is False
    assert "administrator" in error.public_message
    assert "check scope" in error.detail


def test_hostile_words_are_bounded_and_cleaned() -> None:
    error = refusal(
        {
            "error": "x\x1b[2J" * 500,
            "error_description": "a\r\nINFO forged " * 500 + "4e5f6a7b8c9d0e1f2a3b",
            "state": "s",
        }
    )
    assert len(error.error) <= 64
    assert len(error.detail) < 400
    assert error.detail.isprintable()
    assert "4e5f6a7b" not in error.detail


@pytest.mark.parametrize("code", [None, "", "ü", "a\nb"])
def test_f76_no_usable_code_is_refused(code: str | None) -> None:
    params = {"state": "s", "response": "eyJ.a.b", "id_token": "x", "access_token": "y"}
    error = refusal(params if code is None else {**params, "code": code})
    assert (error.status, error.error) == (400, "missing_code")


@given(
    st.dictionaries(
        st.sampled_from(["iss", "state", "error", "error_description", "code"]),
        st.sampled_from(["s", ISSUER, "access_denied"]) | st.text(),
    ),
    st.none() | st.just(ISSUER),
    st.booleans(),
)
def test_a_code_comes_only_out_of_a_response_that_is_ours(
    params: dict[str, str], issuer: str | None, iss_required: bool
) -> None:
    """F72-F76."""
    try:
        code = validate_authorization_response(params, state="s", issuer=issuer, iss_required=iss_required)
    except AuthorizationResponseError:
        return
    assert params["state"] == "s"
    assert params["code"] == code
    assert not params.get("error")
    assert params.get("iss", ISSUER if not iss_required else None) == ISSUER or issuer is None
