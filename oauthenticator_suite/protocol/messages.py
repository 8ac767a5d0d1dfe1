"""The two values that pass between the protocol and the transport: a request to send, a response to judge.

Nothing here does any I/O. `protocol/` builds a `Request` and later judges the `Response`; the hub floor's transport
turns the one into the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from ..errors import InvalidResponse, ProviderBusy, ProviderUnreachable

FORM = "application/x-www-form-urlencoded"

_MINUTE, _DAY = 60.0, 86_400.0
_SECONDARY_LIMIT = b"exceeded a secondary rate limit"
_SENTENCE = 1000


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request to a provider.

    `label` says in the log what the request is for ("token request"); it never holds data.
    Headers, body and the query of the URL may hold secrets, so none of them shows in the ``repr``.
    """

    method: str
    url: str = field(repr=False)
    label: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    @classmethod
    def form(cls, url: str, label: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Request:
        """A POST of `fields`, form-encoded, that asks for JSON."""
        all_headers = {"Accept": "application/json", "Content-Type": FORM, **headers}
        return cls("POST", url, label, all_headers, urlencode(fields).encode("ascii"))


@dataclass(frozen=True, slots=True)
class Response:
    """A provider's whole answer: status, headers (names in lower case), body (decoded of any compression)."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters, in lower case; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, at most a day: of a numeric Retry-After header (RFC 9110 §10.2.3); else None.

        Where a quota is used up, the time of its renewal counts, as GitHub sends it: ``x-ratelimit-reset``, seconds
        since 1970, to be compared with the answer's own Date; or a minute, where GitHub names no time (its "Rate limits
        for the REST API").
        """
        if (seconds := _number(self.headers.get("retry-after", ""))) is not None:
            return min(seconds, _DAY)
        reset = _number(self.headers.get("x-ratelimit-reset", ""))
        if reset is None or not self._nothing_left:
            return _MINUTE if self._too_much_at_once else None
        try:
            sent = parsedate_to_datetime(self.headers.get("date", "")).timestamp()
        except (ValueError, TypeError, OverflowError):
            return None
        return min(max(reset - sent, 1.0), _DAY)

    @property
    def quota_used_up(self) -> bool:
        """Whether a 403 means that this client has asked too often, and nothing about the user: as GitHub says it."""
        return self.status == 403 and (self._nothing_left or "retry-after" in self.headers or self._too_much_at_once)

    @property
    def _nothing_left(self) -> bool:
        return self.headers.get("x-ratelimit-remaining", "").strip() == "0"

    @property
    def _too_much_at_once(self) -> bool:
        """GitHub's secondary limit, which may come with its sentence and no header that speaks of it."""
        return self.status in (403, 429) and _SECONDARY_LIMIT in self.body[:_SENTENCE]


def refuse_outage(response: Response, label: str) -> None:
    """Raise for the statuses that speak of the provider's health and not of this login.

    Raises
    ------
    ProviderBusy
        For 429, for 503, and for a 403 that speaks of a quota.
    ProviderUnreachable
        For every other 5xx.
    InvalidResponse
        For 1xx and 3xx: redirects of these requests are never followed.
    """
    if response.status in (429, 503) or response.quota_used_up:
        raise ProviderBusy(f"{label}: HTTP {response.status}", retry_after=response.retry_after)
    if response.status >= 500:
        raise ProviderUnreachable(f"{label}: HTTP {response.status}")
    if response.status < 200 or 300 <= response.status < 400:
        raise InvalidResponse(f"{label}: HTTP {response.status}, which is not followed")


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
