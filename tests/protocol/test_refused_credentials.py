"""Which refusals of the client are about its credentials, so that the request may be sent with another secret."""

from __future__ import annotations

import json

import pytest

from oauthenticator_suite.errors import ClientRefused
from oauthenticator_suite.protocol.logout import process_revocation_response
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.token import process_token_response


@pytest.mark.parametrize(
    ("status", "code", "credentials"),
    [
        (401, "invalid_client", True),
        (400, "invalid_client", True),
        (200, "incorrect_client_credentials", True),
        (401, "unauthorized_client", True),
        (400, "unauthorized_client", False),
    ],
)
def test_at_the_token_endpoint(status: int, code: str, credentials: bool) -> None:
    response = Response(status, {"content-type": "application/json"}, json.dumps({"error": code}).encode())
    with pytest.raises(ClientRefused) as caught:
        process_token_response(response)
    assert caught.value.credentials is credentials


def test_at_the_revocation_endpoint() -> None:
    response = Response(401, {"content-type": "application/json"}, b'{"error": "invalid_client"}')
    with pytest.raises(ClientRefused) as caught:
        process_revocation_response(response)
    assert caught.value.credentials is True
