"""The values that the protocol and the transport exchange: `Request` and `Response`.

`protocol/` builds a `Request`, the transport sends it, and `protocol/` validates the `Response`. This module does no
I/O.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from ..errors import InvalidResponse, ProviderBusy, ProviderUnreachable, UserLimit

FORM = "application/x-www-form-urlencoded"

Fields = Mapping[str, str | Sequence[str]]
"""Form fields or query parameters. One with several values is sent several times."""

_MINUTE, _DAY = 60.0, 86_400.0
_SECONDARY_LIMIT = b"exceeded a secondary rate limit"
_SENTENCE = 1000


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request to a provider.

    `label` names the request in logs and errors ("token request") and never contains data. Headers, body and the URL's
    query may contain secrets, so the ``repr`` shows none of them.

    `configured` says that the operator, or the provider's class, has chosen the URL's host. Without it, a document of
    the provider may have named the URL, such as its metadata or the link to a next page. Such a request is sent only to
    a public address, unless the provider itself is in a private network (see `hub.transport.addresses`).
    """

    method: str
    url: str = field(repr=False)
    label: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    configured: bool = False

    @classmethod
    def form(
        cls, url: str, label: str, fields: Fields, headers: Mapping[str, str], *, configured: bool = False
    ) -> Request:
        """A POST request with `fields`, form-encoded, that accepts JSON."""
        all_headers = {"Accept": "application/json", "Content-Type": FORM, **headers}
        return cls("POST", url, label, all_headers, urlencode(fields, doseq=True).encode("ascii"), configured)


@dataclass(frozen=True, slots=True)
class Response:
    """A provider's complete response: status, headers (names in lower case) and body (decompressed)."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """The Content-Type without parameters, in lower case; empty without the header."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        """Whether the Content-Type is JSON's, or a type with the suffix ``+json`` (RFC 6839 §3.1)."""
        return self.media_type == "application/json" or self.media_type.endswith("+json")

    @property
    def retry_after(self) -> float | None:
        """How long the provider asks the client to wait, in seconds, at most one day; None if it does not say.

        The sources, in order: a numeric Retry-After header (RFC 9110 §10.2.3); if a quota is exhausted, GitHub's header
        ``x-ratelimit-reset`` (seconds since 1970), relative to the response's Date; one minute for GitHub's secondary
        rate limit without a time (GitHub, "Rate limits for the REST API").
        """
        if (seconds := _number(self.headers.get("retry-after", ""))) is not None:
            return min(seconds, _DAY)
        reset = _number(self.headers.get("x-ratelimit-reset", ""))
        if reset is None or not self._quota_is_zero:
            return _MINUTE if self._hit_secondary_limit else None
        try:
            sent = parsedate_to_datetime(self.headers.get("date", "")).timestamp()
        except (ValueError, TypeError, OverflowError):
            return None
        return min(max(reset - sent, 1.0), _DAY)

    @property
    def quota_used_up(self) -> bool:
        """Whether a 403 is a rate limit, in one of the forms that GitHub uses, and not a refusal of the user."""
        return self.status == 403 and (
            self._quota_is_zero or "retry-after" in self.headers or self._hit_secondary_limit
        )

    @property
    def _quota_is_zero(self) -> bool:
        return self.headers.get("x-ratelimit-remaining", "").strip() == "0"

    @property
    def _hit_secondary_limit(self) -> bool:
        """GitHub's secondary rate limit, which may be stated in the body only, without a header."""
        return self.status in (403, 429) and _SECONDARY_LIMIT in self.body[:_SENTENCE]


def refuse_outage(response: Response, label: str, *, of_user: bool = False) -> None:
    """Raise if the status reports a failure of the provider, unrelated to this login.

    Parameters
    ----------
    of_user:
        Whether the request was sent with a user's access token, so that a limit is a limit on this user.

    Raises
    ------
    ProviderBusy
        For 429, 503, and a 403 that reports an exhausted quota. `retry_after` is in seconds.
    UserLimit
        For 429 and an exhausted quota, with `of_user`.
    ProviderUnreachable
        For every other 5xx.
    InvalidResponse
        For 1xx and 3xx: redirects of these requests are never followed.
    """
    if response.status in (429, 503) or response.quota_used_up:
        kind = UserLimit if of_user and response.status != 503 else ProviderBusy
        raise kind(f"{label}: HTTP {response.status}", retry_after=response.retry_after)
    if response.status >= 500:
        raise ProviderUnreachable(f"{label}: HTTP {response.status}")
    if response.status < 200 or 300 <= response.status < 400:
        raise InvalidResponse(f"{label}: HTTP {response.status}, which is not followed")


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
