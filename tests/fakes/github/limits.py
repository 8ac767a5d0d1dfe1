"""GitHub's rate limits (docs.github.com, "Rate limits for the REST API"), and more that can go wrong there.

Which status it is, 403 or 429, is not promised; `x-ratelimit-remaining: 0` or `retry-after` tells a limit from a no.
"""

from __future__ import annotations

from typing import Any

from tests.fakes.openid_provider.bending import Change, reply_is
from tests.fakes.openid_provider.faults import FAULTS, Fault
from tests.fakes.openid_provider.records import Reply
from tests.fakes.paging import PAGING_FAULTS

PRIMARY = "API rate limit exceeded for user ID 1001."
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def limit_headers(left: int, reset: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": str(int(reset)),  # UTC epoch seconds
        "X-RateLimit-Used": str(5000 - left),
        "X-RateLimit-Resource": "core",
    }


def message(text: str, status: int) -> dict[str, str]:
    return {"message": text, "documentation_url": "https://docs.github.com/rest", "status": str(status)}


def _primary(status: int) -> Change:
    def change(provider: Any, reply: Reply) -> None:
        reply_is(status, message(PRIMARY, status))(provider, reply)
        reply.headers |= limit_headers(0, provider.clock() + provider.limit_resets_in)

    return change


GITHUB_FAULTS = {
    **FAULTS,
    **PAGING_FAULTS,
    **{
        fault.name: fault
        for fault in (
            Fault("rate-limit", "", "403: no requests left until the reset", _primary(403)),
            Fault("rate-limit-429", "", "429: no requests left until the reset", _primary(429)),
            Fault(
                "secondary-limit",
                "",
                "403: too much at once, with retry-after",
                reply_is(403, message(SECONDARY, 403), Retry_After="60"),
            ),
        )
    },
}
