"""Requests to a provider's API with a user's access token: paged lists, and refusals with a reason."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from logging import Logger, LoggerAdapter
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

from ...errors import InvalidResponse, TokenResponseError
from ...protocol.messages import Request, Response, refuse_outage
from ...protocol.strict_json import loads, loads_object
from ...protocol.text import for_log
from ...protocol.token import check_access_token
from .dpop import send_with_token
from .memberships import side_by_side

T = TypeVar("T")

MAX_PAGES = 100
"""Maximum number of pages that are read of one list. No real account has as many."""


Enough = Callable[[list[Any]], bool]
"""A function of the entries read so far: True if no more pages are needed."""


class UserApi:
    """A client of a provider's JSON API that uses one user's access token.

    Parameters
    ----------
    send:
        The transport's function that sends a request.
    access_token:
        Sent as ``Authorization: Bearer`` (RFC 6750 §2.1), and only to the origin of the URL that the caller requests. A
        token of a login with DPoP is sent with a proof (RFC 9449 §7).
    headers:
        Additional headers, such as the version of the API.
    """

    limits_are_of_user = True
    """Whether a rate limit concerns the token's user alone. It does not with the token of a service account."""

    def __init__(
        self,
        send: Callable[[Request], Awaitable[Response]],
        access_token: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._send = send
        self._named: set[str] = set()  # URLs that responses have named, and no option
        self._access_token = check_access_token(access_token)
        self._headers = {
            "Accept": "application/json",
            **(headers or {}),
            "Authorization": f"Bearer {access_token}",
        }

    async def get(self, url: str, label: str) -> Response:
        """GET `url` and return the response, which may be an error other than those below.

        Parameters
        ----------
        label:
            The purpose of the request, for the log and for errors.

        Raises
        ------
        TokenResponseError
            ``invalid_token`` for a response with status 401.
        TransportError
            If there is no response, or it reports an outage or a rate limit of the provider.
        """
        request = Request("GET", url, label, self._headers, configured=url not in self._named)
        response = await send_with_token(self._send, request, self._access_token)
        refuse_outage(response, label, of_user=self.limits_are_of_user)
        if response.status == 401:
            raise TokenResponseError("invalid_token", f"{label}: HTTP 401: {reason_in(response)}")
        return response

    async def object(self, url: str, label: str) -> dict[str, Any]:
        """GET `url` and return the JSON object in the response.

        Raises
        ------
        ApiRefusal
            For a 4xx response.
        InvalidResponse
            If the response is not a JSON object.
        """
        response = await self.get(url, label)
        if response.status >= 400:
            raise ApiRefusal(response.status, label, reason_in(response))
        return loads_object(response.body, label=label)

    async def items(self, url: str, label: str, enough: Enough = lambda _: False) -> list[Any]:
        """GET all entries of a paged list (RFC 8288, the relations ``next`` and ``last``).

        If the first page tells how many pages there are, the others are requested concurrently.

        Parameters
        ----------
        enough:
            A function of the entries read so far: True if no more pages are needed.

        Raises
        ------
        ApiRefusal
            For a 4xx response.
        InvalidResponse
            If a page is not a JSON list, the next page is at another origin, or there are more than `MAX_PAGES`: a
            list that is cut off does not show that an entry is missing.
        """
        response = await self.get(url, label)
        items = entries(response, label)
        links = {} if enough(items) else _pages_after(response, url, label)
        if enough(items) or "next" not in links:
            return items
        pages, is_all = _numbered_pages(links)
        if pages:
            self._named.update(pages)
            rest = await side_by_side(lambda page: self.get(page, label), pages)
            items += [item for page in rest for item in entries(page, label)]
            if is_all or enough(items):
                return items
            raise InvalidResponse(f"{label}: more than {MAX_PAGES} pages")
        for _ in range(MAX_PAGES):
            self._named.add(links["next"])
            response = await self.get(links["next"], label)
            items += entries(response, label)
            links = _pages_after(response, url, label)
            if enough(items) or "next" not in links:
                return items
        raise InvalidResponse(f"{label}: more than {MAX_PAGES} pages")

    async def items_in_body(self, url: str, label: str, *, entries: str, following: str) -> list[Any]:
        """GET all entries of a list whose pages are JSON objects.

        Parameters
        ----------
        entries, following:
            The members of a page that hold its entries and the URL of the next page.

        Raises
        ------
        ApiRefusal
            For a 4xx response.
        InvalidResponse
            If a page is not such an object, the next page is at another origin, or there are more than `MAX_PAGES`.
        """
        items: list[Any] = []
        page = url
        for _ in range(MAX_PAGES):
            answer = await self.object(page, label)
            found, target = answer.get(entries), answer.get(following)
            if not isinstance(found, list):
                raise InvalidResponse(f"{label}: no list in {entries!r}")
            items += found
            if not target:
                return items
            next_page = _of_same_origin(target, url) if isinstance(target, str) else None
            if next_page is None:
                raise InvalidResponse(f"{label}: the next page is at another origin")
            self._named.add(next_page)
            page = next_page
        raise InvalidResponse(f"{label}: more than {MAX_PAGES} pages")


class ApiRefusal(InvalidResponse):
    """The API refused a request with a 4xx response.

    `code` is the status of the API's response; `status` is the status of the page that the user sees.
    """

    def __init__(self, code: int, label: str, reason: str) -> None:
        super().__init__(f"{label}: HTTP {code}: {reason}")
        self.code = code


class LoggingAuthenticator(Protocol):
    """The part of an authenticator that `unless_refused` uses. The name of its class is the section of the option."""

    service: str
    log: Logger | LoggerAdapter[Any]


async def unless_refused(answer: Awaitable[T], authenticator: LoggingAuthenticator, option: str) -> T | None:
    """Await `answer`, and return None if it raises `ApiRefusal`. The log then has a warning with the reason.

    `option` is the name of the option that needs the answer.
    """
    try:
        return await answer
    except ApiRefusal as refusal:
        name = f"c.{type(authenticator).__name__}.{option}"
        authenticator.log.warning("%s: %s refused the request: %s", name, authenticator.service, refusal.detail)
        return None


def entries(response: Response, label: str) -> list[Any]:
    """The JSON list in a response.

    Raises
    ------
    ApiRefusal
        For a 4xx response.
    InvalidResponse
        If the response is not a JSON list.
    """
    if response.status >= 400:
        raise ApiRefusal(response.status, label, reason_in(response))
    found = loads(response.body, label=label)
    if not isinstance(found, list):
        raise InvalidResponse(f"{label}: a {type(found).__name__} instead of a list")
    return found


def reason_in(response: Response) -> str:
    """The API's reason for a refusal, shortened and escaped for the log; ``no reason given`` if there is none."""
    try:
        answer = loads(response.body, label="refusal")
    except InvalidResponse:
        return "no reason given"
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):  # the form of Google's APIs
        answer = answer["error"]
    found = [answer.get(key) for key in ("message", "error", "error_description")] if isinstance(answer, dict) else []
    return for_log("; ".join(text for text in found if isinstance(text, str))) or "no reason given"


def _numbered_pages(links: Mapping[str, str]) -> tuple[list[str], bool]:
    """The URLs of the pages from ``next`` to ``last``, and whether these are all of them.

    An empty list if they differ in more than the page number.
    """
    following, last = links.get("next", ""), links.get("last", "")
    first_number, last_number = (re.search(r"[?&]page=([0-9]{1,6})(?=&|$)", url) for url in (following, last))
    if not first_number or not last_number:
        return [], False
    (start, stop), (last_start, last_stop) = first_number.span(1), last_number.span(1)
    if (following[:start], following[stop:]) != (last[:last_start], last[last_stop:]):
        return [], False
    ends = int(first_number[1]), min(int(last_number[1]), MAX_PAGES)
    pages = [f"{following[:start]}{number}{following[stop:]}" for number in range(ends[0], ends[1] + 1)]
    return pages, int(last_number[1]) <= MAX_PAGES


def page_links(response: Response, url: str) -> dict[str, str]:
    """The URLs in a Link header (RFC 8288) by their relation: ``next``, ``last`` …

    Invalid URLs are left out, and so are links to another origin than that of `url`, which must not get the token.
    """
    links: dict[str, str] = {}
    for name, target in _relations(response):
        if absolute := _of_same_origin(target, url):
            links.setdefault(name, absolute)
    return links


def _relations(response: Response) -> Iterator[tuple[str, str]]:
    """Each relation in a Link header, with its target as it is written."""
    for target, parameters in re.findall(r"<([^<>]*)>([^<]*)", response.headers.get("link", "")[:10_000]):
        relation = re.search(r';\s*rel="?([a-z ]+)"?', parameters, re.IGNORECASE)
        for name in relation[1].lower().split() if relation else ():
            yield name, target


def _pages_after(response: Response, url: str, label: str) -> dict[str, str]:
    """`page_links`; raises `InvalidResponse` if there is a next page that cannot be requested."""
    links = page_links(response, url)
    if "next" not in links and any(name == "next" for name, _ in _relations(response)):
        raise InvalidResponse(f"{label}: the next page is at another origin, or its URL is not valid")
    return links


def _of_same_origin(target: str, url: str) -> str | None:
    """`target` as an absolute URL; None if it has another origin than `url`, or is invalid."""
    try:
        absolute = urljoin(url, target)
        ours, theirs = urlsplit(url), urlsplit(absolute)
    except ValueError:
        return None
    return absolute if (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc) else None
