"""front_channel: what a provider demands, and what the options demand of a provider."""

from typing import Any

import pytest

from oauthenticator_suite.errors import ConfigurationError, InvalidResponse
from oauthenticator_suite.protocol.front_channel import (
    FrontChannel,
    check_front_channel,
    offered_response_mode,
    request_object_algorithm,
    takes_form_post,
    takes_jwt,
)

PAR = {"pushed_authorization_request_endpoint": "https://op.example/par"}
PAR_ONLY = {"require_pushed_authorization_requests": True}
JAR_ONLY = {"require_signed_request_object": True}
SIGNS = {"signing_algorithms": ("ES256",)}


def check(document: dict[str, Any], **wanted: Any) -> None:
    check_front_channel(document, "discovery", FrontChannel(**wanted))


@pytest.mark.parametrize(
    ("document", "wanted", "says"),
    [
        ({}, {"enable_par": True}, "enable_par is on"),
        (PAR_ONLY, {}, "accepts only pushed authorization requests"),
        (PAR_ONLY, {"enable_par": True}, "accepts only pushed authorization requests"),
        (JAR_ONLY, {}, "client_key_file"),
        ({"request_parameter_supported": False}, {"request_object": "value", **SIGNS}, "request_object"),
        ({"request_uri_parameter_supported": False}, {"request_object": "reference", **SIGNS}, "request_uri_parameter"),
        ({"require_request_uri_registration": True}, {"request_object": "reference", **SIGNS}, "only registered"),
        (
            {"request_object_signing_alg_values_supported": ["RS256", "none"]},
            {"request_object": "value", **SIGNS},
            "signed with RS256, none, and the key of client_key_file signs with ES256",
        ),
        ({**JAR_ONLY, "request_object_signing_alg_values_supported": []}, SIGNS, "signed with nothing"),
        ({"response_modes_supported": ["query"]}, {"response_mode": "form_post"}, "response_mode is 'form_post'"),
        ({"response_modes_supported": ["query", "form_post"]}, {"response_mode": "jwt"}, "offers query, form_post"),
        ({"response_modes_supported": ["jwt"]}, {"response_mode": "form_post.jwt"}, "response_mode is 'form_post.jwt'"),
    ],
)
def test_what_is_missing_is_named(document: dict[str, Any], wanted: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        check(document, **wanted)
    assert len(caught.value.detail) < 500


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({}, {}),
        ({}, {"request_object": "value", "response_mode": "form_post", **SIGNS}),
        ({}, {"request_object": "reference", **SIGNS}),
        (PAR, {}),
        (PAR, {"enable_par": True}),
        ({**PAR, **PAR_ONLY}, {}),
        ({**PAR_ONLY, **PAR, **JAR_ONLY}, SIGNS),
        ({"require_signed_request_object": False, "require_pushed_authorization_requests": None}, {}),
        # with PAR, no browser brings the request object
        ({**PAR, "request_parameter_supported": False}, {"enable_par": True, "request_object": "value", **SIGNS}),
        ({**PAR, **PAR_ONLY, "request_uri_parameter_supported": False}, {"request_object": "reference", **SIGNS}),
        ({"request_parameter_supported": True}, {"request_object": "value", **SIGNS}),
        ({"request_uri_parameter_supported": True}, {"request_object": "reference", **SIGNS}),
        ({"request_object_signing_alg_values_supported": ["ES256"]}, {"request_object": "value", **SIGNS}),
        ({"request_object_signing_alg_values_supported": ["RS256"]}, SIGNS),
        ({"response_modes_supported": ["query", "query.jwt"]}, {"response_mode": "jwt"}),
        ({"response_modes_supported": ["jwt"]}, {"response_mode": "jwt"}),
        ({"response_modes_supported": ["form_post"]}, {"response_mode": "form_post"}),
        ({"response_modes_supported": ["form_post"]}, {}),
    ],
)
def test_what_is_possible(document: dict[str, Any], wanted: dict[str, Any]) -> None:
    check(document, **wanted)


@pytest.mark.parametrize(
    "document",
    [
        {"require_pushed_authorization_requests": "true"},
        {"require_signed_request_object": 1},
        {"request_parameter_supported": []},
        {"request_uri_parameter_supported": "no"},
        {"require_request_uri_registration": 0},
    ],
)
def test_a_member_of_another_type(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidResponse, match="is not true or false"):
        check(document)


def test_lists_of_another_type() -> None:
    with pytest.raises(InvalidResponse, match="response_modes_supported"):
        check({"response_modes_supported": "form_post"}, response_mode="form_post")
    with pytest.raises(InvalidResponse, match="request_object_signing_alg"):
        check({"request_object_signing_alg_values_supported": [1]}, request_object="value", **SIGNS)


def test_the_longer_name_of_the_mode() -> None:
    """JARM §2.3.4."""
    assert offered_response_mode("jwt", None) == "jwt"
    assert offered_response_mode("jwt", ("query.jwt", "jwt")) == "jwt"
    assert offered_response_mode("jwt", ("query.jwt",)) == "query.jwt"
    assert offered_response_mode("form_post.jwt", ("query.jwt",)) == "form_post.jwt"
    assert offered_response_mode("", ("query.jwt",)) == ""


def test_the_modes() -> None:
    assert [takes_form_post(mode) for mode in ("", "form_post", "jwt", "form_post.jwt")] == [False, True, False, True]
    assert [takes_jwt(mode) for mode in ("", "form_post", "jwt", "form_post.jwt")] == [False, False, True, True]


def test_the_algorithm_of_request_objects() -> None:
    own = ("PS256", "RS256")
    assert request_object_algorithm(own, None) == "PS256"
    assert request_object_algorithm(own, ("RS256", "PS256")) == "PS256"
    assert request_object_algorithm(own, ("ES256", "RS256")) == "RS256"
    assert request_object_algorithm(own, ("none",)) == ""
    assert request_object_algorithm((), None) == ""
