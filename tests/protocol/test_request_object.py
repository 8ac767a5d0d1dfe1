"""request_object: all parameters are inside, and the object is for one provider and a short time."""

import pytest

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.protocol.request_object import outer_parameters, request_object_claims

PARAMETERS = {"response_type": "code", "client_id": "hub", "scope": "openid email", "state": "s", "nonce": "n"}
VALUES = {"client_id": "hub", "issuer": "https://op.example", "now": 1000.9, "jti": "j"}


def test_the_claims() -> None:
    """RFC 9101 §4."""
    assert request_object_claims(PARAMETERS, **VALUES) == {
        **PARAMETERS,
        "iss": "hub",
        "aud": "https://op.example",
        "iat": 1000,
        "nbf": 990,
        "exp": 1300,
        "jti": "j",
    }


def test_parameters_with_a_type() -> None:
    """OpenID Connect Core §6.1."""
    given = {**PARAMETERS, "max_age": "300", "claims": '{"id_token": {"acr": null}}'}
    claims = request_object_claims(given, **VALUES)
    assert claims["max_age"] == 300
    assert claims["claims"] == {"id_token": {"acr": None}}
    assert request_object_claims({**PARAMETERS, "max_age": "soon"}, **VALUES)["max_age"] == "soon"


@pytest.mark.parametrize("text", ["[]", "{", "null", "\ud800"])
def test_claims_that_are_no_object(text: str) -> None:
    with pytest.raises(ConfigurationError, match="extra_authorize_params: claims"):
        request_object_claims({**PARAMETERS, "claims": text}, **VALUES)


def test_no_parameter_replaces_what_protects_the_object() -> None:
    given = {**PARAMETERS, "iss": "x", "aud": "x", "exp": "x", "nbf": "x", "jti": "x", "iat": "x"}
    assert request_object_claims(given, **VALUES) == request_object_claims(PARAMETERS, **VALUES)


def test_what_is_outside() -> None:
    assert outer_parameters(PARAMETERS) == {"client_id": "hub", "response_type": "code", "scope": "openid"}
    assert outer_parameters({**PARAMETERS, "scope": "email"}) == {"client_id": "hub"}
    assert outer_parameters({"client_id": "hub"}) == {"client_id": "hub"}
