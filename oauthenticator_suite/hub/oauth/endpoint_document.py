"""Endpoints from a document of a provider whose issuer is not known beforehand (RFC 8414 without §3.3).

The document is at a URL that the operator or the provider's class names, such as a cluster's API server, which is
trusted to name the authorization server. A provider with a known issuer uses `issuer.Issuer` instead.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from logging import Logger, LoggerAdapter
from typing import Any

from ...errors import ConfigurationError, InvalidResponse, SuiteError
from ...protocol.messages import Request, Response, refuse_outage
from ...protocol.strict_json import loads_object
from ...protocol.urls import PlainHTTP, check_endpoint
from ..resilience.single_flight import SingleFlight

MEMBERS = {"authorize_url": "authorization_endpoint", "token_url": "token_endpoint"}
"""The member of the document for each option."""

DOCUMENT_MAX_AGE = 86400.0
"""Seconds after which the document is fetched again. If that fails, the old endpoints stay in use."""

_RETRY = 60.0
_LABEL = "the document with the endpoints"


class EndpointDocument:
    """The endpoints in the document at `url`. It is fetched once and shared by all logins."""

    def __init__(
        self,
        url: str,
        send: Callable[[Request], Awaitable[Response]],
        log: Logger | LoggerAdapter[Any],
        plain_http: PlainHTTP,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._send = send
        self._log = log
        self._plain_http = plain_http
        self._clock = clock
        self._found: dict[str, str] | None = None
        self._due = 0.0
        self._fetch_once = SingleFlight(self._fetch)

    def known(self, option: str) -> str:
        """The URL for an option in `MEMBERS`, if the document has been read; else an empty string."""
        return (self._found or {}).get(option, "")

    async def endpoint(self, option: str) -> str:
        """The URL for an option in `MEMBERS`.

        Raises
        ------
        TransportError
            If the document has never been fetched and cannot be fetched now, or is not usable.
        """
        if self._found is None or self._clock() >= self._due:
            try:
                self._found = await self._fetch_once()
                self._due = self._clock() + DOCUMENT_MAX_AGE
            except SuiteError as error:
                if self._found is None:
                    raise
                self._log.warning("%s; the old endpoints stay in use", error.detail)
                self._due = self._clock() + _RETRY
        return self._found[option]

    async def _fetch(self) -> dict[str, str]:
        response = await self._send(Request("GET", self._url, _LABEL, {"Accept": "application/json"}, configured=True))
        refuse_outage(response, _LABEL)
        if response.status != 200:
            raise InvalidResponse(f"{_LABEL}: HTTP {response.status} at {self._url}")
        document = loads_object(response.body, label=_LABEL)
        found = {}
        for option, member in MEMBERS.items():
            url = document.get(member)
            if not isinstance(url, str):
                raise InvalidResponse(f"{_LABEL}: {member} is missing")
            try:
                check_endpoint(url, f"{_LABEL}: {member}", self._plain_http)
            except ConfigurationError as error:
                raise InvalidResponse(error.detail) from None
            found[option] = url
        return found
