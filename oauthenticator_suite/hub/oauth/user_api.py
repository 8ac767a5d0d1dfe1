"""A provider's API, asked in the name of a user: lists in pages, refusals with a reason."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from logging import Logger, LoggerAdapter
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

from ...errors import InvalidResponse, TokenResponseError
from ...protocol.messages import Request, Response, refuse_outage
from ...protocol.strict_json import loads, loads_object
from ...protocol.text import for_log
from ...protocol.token import check_access_token
from .memberships import side_by_side

T = TypeVar("T")

MOST_PAGES = 100
"""Pages of one list that are read; more than any real account has."""


Enough = Callable[[list[Any]], bool]
"""Given the entries of a list so far, whether no more are needed."""


class UserApi:
    """A provider's API, asked for JSON in the name of the user whose access token it is.

    Parameters
    ----------
    send:
        The transport.
    access_token:
        Goes out as ``Authorization: Bearer`` (RFC 6750 §2.1), to no other origin than that of the URL given.
    headers:
        More headers, such as the version of the API.
    """

    def __init__(
        self,
        send: Callable[[Request], Awaitable[Response]],
        access_token: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._send = send
        self._headers = {
            "Accept": "application/json",
            **(headers or {}),
            "Authorization": f"Bearer {check_access_token(access_token)}",
        }

    async def get(self, url: str, label: str) -> Response:
        """The answer, unless it speaks of the provider's health or of the token.

        Raises
        ------
        TokenResponseError
            ``invalid_token`` for a 401.
        TransportError
            As of `refuse_outage`.
        """
        response = await self._send(Request("GET", url, label, self._headers))
        refuse_outage(response, label)
        if response.status == 401:
            raise TokenResponseError("invalid_token", f"{label}: HTTP 401: {reason_in(response)}")
        return response

    async def object(self, url: str, label: str) -> dict[str, Any]:
        """The one JSON object in the answer.

        Raises
        ------
        ApiRefusal
            For a 4xx answer.
        InvalidResponse
            When it is no object.
        """
        response = await self.get(url, label)
        if response.status >= 400:
            raise ApiRefusal(response.status, label, reason_in(response))
        return loads_object(response.body, label=label)

    async def items(self, url: str, label: str, enough: Enough = lambda _: False) -> list[Any]:
        """All entries of a list that comes in pages (RFC 8288, the relations ``next`` and ``last``).

        After the first page, the others are asked for side by side where their number is known.

        Parameters
        ----------
        enough:
            Given the entries so far, whether no more are needed.

        Raises
        ------
        ApiRefusal
            For a 4xx answer.
        InvalidResponse
            When a page is no list.
        """
        response = await self.get(url, label)
        items = entries(response, label)
        links = page_links(response, url)
        if enough(items) or "next" not in links:
            return items
        if pages := _numbered(links):
            rest = await side_by_side(lambda page: self.get(page, label), pages)
            return [*items, *(item for page in rest for item in entries(page, label))]
        for _ in range(MOST_PAGES):
            response = await self.get(links["next"], label)
            items += entries(response, label)
            links = page_links(response, url)
            if enough(items) or "next" not in links:
                break
        return items


class ApiRefusal(InvalidResponse):
    """The API does not tell: a 4xx. `status` is that of the page, `code` the API's."""

    def __init__(self, code: int, label: str, reason: str) -> None:
        super().__init__(f"{label}: HTTP {code}: {reason}")
        self.code = code


class HasLog(Protocol):
    """An authenticator, as far as a refusal is concerned: its class names the section of the option."""

    service: str
    log: Logger | LoggerAdapter[Any]


async def unless_refused(answer: Awaitable[T], authenticator: HasLog, option: str) -> T | None:
    """What the API answers; None, with the reason in the log, when it refuses. `option` is what the answer is for."""
    try:
        return await answer
    except ApiRefusal as refusal:
        name = f"c.{type(authenticator).__name__}.{option}"
        authenticator.log.warning("%s: %s does not tell: %s", name, authenticator.service, refusal.detail)
        return None


def entries(response: Response, label: str) -> list[Any]:
    """The list in an answer.

    Raises
    ------
    ApiRefusal
        For a 4xx answer.
    InvalidResponse
        When it is no list.
    """
    if response.status >= 400:
        raise ApiRefusal(response.status, label, reason_in(response))
    found = loads(response.body, label=label)
    if not isinstance(found, list):
        raise InvalidResponse(f"{label}: a {type(found).__name__} where a list belongs")
    return found


def reason_in(response: Response) -> str:
    """What the API gives as the reason of a refusal, fit for the log."""
    try:
        answer = loads(response.body, label="refusal")
    except InvalidResponse:
        return "no reason given"
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):  # as Google's APIs have it
        answer = answer["error"]
    found = [answer.get(key) for key in ("message", "error", "error_description")] if isinstance(answer, dict) else []
    return for_log("; ".join(text for text in found if isinstance(text, str))) or "no reason given"


def _numbered(links: Mapping[str, str]) -> list[str]:
    """The URLs of all pages from ``next`` to ``last``, when these differ by a number alone; else none."""
    following, last = links.get("next", ""), links.get("last", "")
    first_number, last_number = (re.search(r"[?&]page=([0-9]{1,6})(?=&|$)", url) for url in (following, last))
    if not first_number or not last_number:
        return []
    (start, stop), (last_start, last_stop) = first_number.span(1), last_number.span(1)
    if (following[:start], following[stop:]) != (last[:last_start], last[last_stop:]):
        return []
    ends = int(first_number[1]), min(int(last_number[1]), MOST_PAGES)
    return [f"{following[:start]}{number}{following[stop:]}" for number in range(ends[0], ends[1] + 1)]


def page_links(response: Response, url: str) -> dict[str, str]:
    """The URLs in a Link header (RFC 8288) by their relation: ``next``, ``last`` …

    A link to another origin than that of `url` is left out, as the token is not for that; and so is what is no URL.
    """
    links: dict[str, str] = {}
    for target, parameters in re.findall(r"<([^<>]*)>([^<]*)", response.headers.get("link", "")[:10_000]):
        relation = re.search(r';\s*rel="?([a-z ]+)"?', parameters, re.IGNORECASE)
        if relation and (absolute := _of_same_origin(target, url)):
            for name in relation[1].lower().split():
                links.setdefault(name, absolute)
    return links


def _of_same_origin(target: str, url: str) -> str | None:
    """`target` made absolute, when it is at the origin of `url`."""
    try:
        absolute = urljoin(url, target)
        ours, theirs = urlsplit(url), urlsplit(absolute)
    except ValueError:
        return None
    return absolute if (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc) else None
