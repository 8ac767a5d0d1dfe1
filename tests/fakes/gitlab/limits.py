"""GitLab's rate limits ("User and IP rate limits"), as faults."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any

from tests.fakes.openid_provider.bending import reply_is
from tests.fakes.openid_provider.faults import FAULTS, Fault
from tests.fakes.openid_provider.records import Reply
from tests.fakes.paging import PAGING_FAULTS

QUOTA = 600  # a minute
LATER = {"message": {"error": "This endpoint has been requested too many times. Try again later."}}


def too_many(reset: float) -> Reply:
    """The answer of an instance whose limit is used up until `reset`: words, not JSON."""
    at = datetime.fromtimestamp(reset, timezone.utc)
    headers = {
        "Content-Type": "text/plain",
        "RateLimit-Limit": str(QUOTA),
        "RateLimit-Name": "throttle_authenticated_api",
        "RateLimit-Observed": str(QUOTA + 1),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(int(reset)),
        "RateLimit-ResetTime": format_datetime(at, usegmt=True),
        "Retry-After": "60",
    }
    return Reply(429, body=b"Retry later\n", headers=headers)


def _limited(provider: Any, reply: Reply) -> None:
    other = too_many(provider.clock() + 60)
    reply.status, reply.body, reply.headers, reply.redirect_to = other.status, other.body, other.headers, None


GITLAB_FAULTS = {
    **FAULTS,
    **PAGING_FAULTS,
    **{
        fault.name: fault
        for fault in (
            Fault("rate-limit", "", "429 with the headers of the limit", _limited),
            Fault(
                "rate-limit-bare",
                "",
                "429 of a limit of one endpoint: no word on when to come back",
                reply_is(429, LATER),
            ),
        )
    },
}
