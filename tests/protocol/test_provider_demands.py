"""Metadata of providers with which no login could succeed."""

from typing import Any

import pytest

from oauthenticator_suite.errors import ConfigurationError, InvalidResponse
from oauthenticator_suite.protocol.provider_demands import check_demands

ASKED = {"auth_methods": ["client_secret_post", "client_secret_basic"], "uses_pkce": True}


def check(document: dict[str, Any], **given: Any) -> None:
    check_demands(document, "discovery", **{**ASKED, **given})


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"response_types_supported": ["id_token", "code id_token"]}, "response_types_supported"),
        ({"response_types_supported": []}, "response_types_supported"),
        ({"grant_types_supported": ["client_credentials", "refresh_token"]}, "grant_types_supported"),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "only by private_key_jwt"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_jwt", "tls_client_auth"]}, "client_auth_method"),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "set client_key_file .*client-key FILE"),
        ({"token_endpoint_auth_methods_supported": ["new", "tls_client_auth"]}, "set client_certificate_file"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_jwt"]}, "set client_secret"),
        ({"token_endpoint_auth_methods_supported": ["new"]}, "only by new: enable private_key_jwt there"),
        ({"token_endpoint_auth_methods_supported": ["none"]}, "client_auth_method"),
        ({"token_endpoint_auth_methods_supported": []}, "only by nothing"),
        ({"code_challenge_methods_supported": ["plain"]}, "enable_pkce"),
    ],
)
def test_what_cannot_be_done_is_named(document: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        check(document)
    assert len(caught.value.detail) < 500


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"response_types_supported": ["code", "id_token"], "grant_types_supported": ["authorization_code"]},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"]},
        {"token_endpoint_auth_methods_supported": ["client_secret_basic", "something-new"]},
        {"code_challenge_methods_supported": []},
        {"code_challenge_methods_supported": ["plain", "S256"]},
        {
            "pushed_authorization_request_endpoint": "https://op.example/par",
            "dpop_signing_alg_values_supported": ["ES256"],
        },
    ],
)
def test_what_is_only_offered_is_no_demand(document: dict[str, Any]) -> None:
    check(document)


def test_what_the_operator_has_chosen_is_not_compared() -> None:
    check({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, auth_methods=())
    check({"code_challenge_methods_supported": ["plain"]}, uses_pkce=False)


def test_a_client_of_which_nothing_is_said_uses_nothing() -> None:
    document = {
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "code_challenge_methods_supported": ["plain"],
        "dpop_signing_alg_values_supported": ["RS256"],
    }
    check_demands(document, "discovery")


@pytest.mark.parametrize("value", ["code", 1, [1], {"code": True}])
@pytest.mark.parametrize("member", ["response_types_supported", "grant_types_supported"])
def test_a_list_of_another_type(member: str, value: object) -> None:
    with pytest.raises(InvalidResponse, match=member):
        check({member: value})
