"""Status and headers that report an outage or a rate limit, and the time to wait."""

from __future__ import annotations

import pytest

from oauthenticator_suite.errors import InvalidResponse, ProviderBusy, ProviderUnreachable, UserLimit
from oauthenticator_suite.protocol.messages import Request, Response, refuse_outage

DATE = "Wed, 01 May 2024 10:00:00 GMT"
THEN = 1_714_557_600  # the same in seconds since 1970
SECONDARY = b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes.", "status": "403"}'
USED_UP = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(THEN + 1800), "date": DATE}


def test_a_form() -> None:
    request = Request.form(
        "https://op.example/t", "token request", {"a": "b c", "r": ["1", "2"]}, {"Authorization": "x"}
    )
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", "Authorization": "x"}
    assert request == Request("POST", "https://op.example/t", "token request", headers, b"a=b+c&r=1&r=2")
    assert request.configured is False, "a document of the provider may have named the URL"
    assert Request.form("https://op.example/t", "token request", {}, {}, configured=True).configured is True


@pytest.mark.parametrize(
    ("status", "headers", "body", "seconds"),
    [
        (429, {}, b"", None),
        (503, {}, b"", None),
        (429, {"retry-after": "7"}, b"", 7),
        (503, {"retry-after": "7"}, b"", 7),
        (403, {"retry-after": "60"}, b"", 60),
        (429, {"retry-after": "999999"}, b"", 86_400),
        (429, {"retry-after": "soon"}, b"", None),
        (429, {"retry-after": "9" * 12}, b"", 86_400),
        (429, {"retry-after": "9" * 13}, b"", None),
        (429, {"retry-after": "-7"}, b"", None),
        (429, {"retry-after": "٧"}, b"", None),
        (403, USED_UP, b"", 1800),
        (429, USED_UP, b"", 1800),
        (429, {**USED_UP, "retry-after": "7"}, b"", 7),
        (403, {**USED_UP, "x-ratelimit-reset": str(THEN - 5)}, b"", 1),
        (403, {**USED_UP, "x-ratelimit-reset": str(THEN + 10**9)}, b"", 86_400),
        (403, {**USED_UP, "date": "yesterday"}, b"", None),
        (403, {"x-ratelimit-remaining": "0"}, b"", None),
        (429, {**USED_UP, "x-ratelimit-remaining": "12"}, b"", None),
        (403, {}, SECONDARY, 60),
        (429, {}, SECONDARY, 60),
        (403, {"retry-after": "30"}, SECONDARY, 30),
        (403, {**USED_UP, "x-ratelimit-remaining": "4999"}, SECONDARY, 60),
    ],
)
def test_busy(status: int, headers: dict[str, str], body: bytes, seconds: float | None) -> None:
    """429, 503, and GitHub's 403 for rate limits; with the time to wait if it is given."""
    with pytest.raises(ProviderBusy, match=f"user: HTTP {status}") as caught:
        refuse_outage(Response(status, headers, body), "user")
    assert type(caught.value) is ProviderBusy
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [(429, {}, UserLimit), (403, USED_UP, UserLimit), (503, {}, ProviderBusy), (503, USED_UP, ProviderBusy)],
)
def test_a_limit_on_one_user(status: int, headers: dict[str, str], kind: type[ProviderBusy]) -> None:
    """503 is about the provider, and not about the user."""
    with pytest.raises(ProviderBusy) as caught:
        refuse_outage(Response(status, headers, b""), "user", of_user=True)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, USED_UP, SECONDARY),
        (204, {}, b""),
        (400, {"retry-after": "7"}, b""),
        (401, USED_UP, SECONDARY),
        (403, {}, b""),
        (403, {**USED_UP, "x-ratelimit-remaining": "1"}, b'{"message": "Resource not accessible"}'),
        (403, {}, b"x" * 100_000 + SECONDARY),
        (404, {}, b""),
    ],
)
def test_an_answer_about_the_question(status: int, headers: dict[str, str], body: bytes) -> None:
    response = Response(status, headers, body)
    refuse_outage(response, "user")
    assert not response.quota_used_up


@pytest.mark.parametrize("status", [500, 502, 504, 599])
def test_out_of_order(status: int) -> None:
    with pytest.raises(ProviderUnreachable, match=str(status)):
        refuse_outage(Response(status, {}, b""), "user")


@pytest.mark.parametrize("status", [101, 300, 301, 302, 304, 307, 399])
def test_redirects_are_not_followed(status: int) -> None:
    with pytest.raises(InvalidResponse, match="not followed"):
        refuse_outage(Response(status, {"location": "https://elsewhere.example"}, b""), "user")
