"""Aggregated and distributed claims (OpenID Connect Core 1.0 §5.6.2): claims that another issuer has signed.

The provider's answer names claims (``_claim_names``) and where they are (``_claim_sources``): in a token inside the
answer, or at another endpoint. Which issuers are trusted for which claims is the operator's decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidResponse
from .id_token import Expectations, IDToken, check_header, check_issued, check_type
from .messages import Request, Response, refuse_outage
from .text import for_log
from .token import is_refresh_token
from .token_times import LATEST_DATE

MAX_SOURCES = 10
"""Only this many sources of one answer are read. Others stay unread."""

_LABEL = "claim source request"


@dataclass(frozen=True, slots=True)
class ClaimSource:
    """One source of an answer.

    Attributes
    ----------
    name:
        Its name in the answer.
    claims:
        The claims that the answer says are there.
    token:
        For an aggregated source, the token with the claims; else empty.
    endpoint, access_token:
        For a distributed source, where the claims are, and the token for the request; the latter may be empty.
    """

    name: str
    claims: frozenset[str]
    token: str = field(default="", repr=False)
    endpoint: str = ""
    access_token: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The name, for the log."""
        return for_log(self.name, 40)


def claim_sources(claims: Mapping[str, Any]) -> list[ClaimSource]:
    """The sources in an answer, at most `MAX_SOURCES`. A malformed one is left out: what it has stays unknown."""
    names, sources = claims.get("_claim_names"), claims.get("_claim_sources")
    if not isinstance(names, Mapping) or not isinstance(sources, Mapping):
        return []
    found = []
    for name, source in sources.items():
        there = frozenset(claim for claim, where in names.items() if where == name)
        if not there or not isinstance(source, Mapping):
            continue
        token, endpoint, access_token = source.get("JWT"), source.get("endpoint"), source.get("access_token")
        if isinstance(token, str) and token:
            found.append(ClaimSource(name, there, token))
        elif isinstance(endpoint, str) and endpoint and (access_token is None or is_refresh_token(access_token)):
            found.append(ClaimSource(name, there, endpoint=endpoint, access_token=access_token or ""))
    return found[:MAX_SOURCES]


def claim_source_request(source: ClaimSource) -> Request:
    """Build the request for the claims of a distributed source. The caller has checked its URL."""
    headers = {"Accept": "application/jwt"}
    if source.access_token:
        headers["Authorization"] = f"Bearer {source.access_token}"
    return Request("GET", source.endpoint, _LABEL, headers)


def process_claim_source_response(response: Response) -> str:
    """Validate the response to `claim_source_request` and return the token in it, which is not verified.

    Raises
    ------
    InvalidResponse
        For any status except 200, or a body that is not ASCII.
    ProviderUnreachable, ProviderBusy
        See `refuse_outage`.
    """
    refuse_outage(response, _LABEL, of_user=True)
    if response.status != 200 or not response.body.isascii():
        problem = "a body that is not ASCII" if response.status == 200 else f"HTTP {response.status}"
        raise InvalidResponse(f"{_LABEL}: {problem}")
    return response.body.decode("ascii").strip()


def check_source_token(token: IDToken, expectations: Expectations, now: float) -> None:
    """Check header and claims of the token of a source. Then its signature must be verified.

    The issuer must be the expected one. ``aud`` and ``sub`` need not be there: §5.6.2 leaves them to the source, whose
    subject is another one than the provider's. If ``aud`` is there, it must contain this client. Times that are there
    are checked.

    Raises
    ------
    InvalidToken
        `claim` names the first failed check.
    """
    check_header(token, expectations)
    check_type(token.header)
    assumed = {"aud": expectations.client_id, "iat": now, "exp": LATEST_DATE}
    check_issued({**assumed, **token.claims}, expectations, now, subject_required=False)
