"""Token validation: valid, invalid or unknown; unknown is never treated as valid."""

import pytest

from oauthenticator_suite.errors import TokenResponseError
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.token_validation import process_validation_response, validation_request


def test_the_request():
    request = validation_request("https://login.example/check?a=1", "the-token")
    assert (request.method, request.url, request.body) == ("GET", "https://login.example/check?a=1", None)
    assert request.headers == {"Accept": "application/json", "Authorization": "Bearer the-token"}
    assert request.label == "token validation"
    assert "the-token" not in repr(request)


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "ü"])
def test_what_is_no_token(token):
    with pytest.raises(TokenResponseError):
        validation_request("https://login.example/check", token)


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status(status):
    expected = True if 200 <= status < 300 else False if status in (401, 403) else None
    assert process_validation_response(Response(status, {}, b"")) is expected
