"""Claims that the provider sends as a reference to another issuer: verified for the issuers that the operator trusts.

What cannot be read or verified stays a reference, and is unknown: it is never taken for a missing claim.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import cached_property
from logging import Logger, LoggerAdapter
from typing import Any, Protocol
from urllib.parse import urlsplit

from ...errors import ConfigurationError, InvalidToken, SuiteError
from ...policy.merging import with_source_claims
from ...protocol.algorithms import ASYMMETRIC_ALGORITHMS
from ...protocol.claim_sources import (
    ClaimSource,
    check_source_token,
    claim_source_request,
    claim_sources,
    process_claim_source_response,
)
from ...protocol.fapi2 import permitted_signatures
from ...protocol.id_token import Expectations, IDToken
from ...protocol.messages import Request, Response
from ...protocol.text import for_log
from ...protocol.urls import check_endpoint, is_listed, split_url
from .issuer import Issuer, IssuerSettings
from .security_profile import HTTPOptions, plain_http_of

_MAX_REPORTED = 100


class SourceOptions(HTTPOptions, Protocol):
    """The options that are read here. Their help is in `hub.options`."""

    client_id: str
    clock_tolerance: float
    claim_source_issuers: dict[str, Any]
    log: Logger | LoggerAdapter[Any]


class SourceIssuer:
    """One issuer in `claim_source_issuers`: its keys, its claims, and the hosts of its endpoints."""

    def __init__(self, issuer: str, settings: Mapping[str, Any], keys: Issuer) -> None:
        self.issuer = issuer
        self.keys = keys
        self.claims = frozenset(settings["claims"])
        self.hosts = frozenset(settings.get("hosts") or {urlsplit(issuer).netloc})


class ReferencedClaims:
    """Resolves references for one authenticator."""

    def __init__(self, options: SourceOptions, send: Callable[[Request], Awaitable[Response]]) -> None:
        self._options = options
        self._send = send
        self._reported: set[tuple[str, str]] = set()

    @cached_property
    def _issuers(self) -> dict[str, SourceIssuer]:
        options = self._options
        return {
            issuer: SourceIssuer(
                issuer,
                settings,
                Issuer(
                    IssuerSettings(issuer, jwks_url=settings["jwks_url"], discovery=False),
                    self._send_configured,
                    options.log,
                ),
            )
            for issuer, settings in options.claim_source_issuers.items()
        }

    @property
    def _algorithms(self) -> frozenset[str]:
        """The signature algorithms that `security_profile` allows."""
        return frozenset(permitted_signatures(self._options.security_profile, sorted(ASYMMETRIC_ALGORITHMS)))

    async def _send_configured(self, request: Request) -> Response:
        """Send a request whose URL the operator has configured, and which may lead anywhere."""
        return await self._send(replace(request, configured=True))

    async def resolved(self, claims: dict[str, Any]) -> dict[str, Any]:
        """The claims, with those that trusted issuers have signed."""
        sources = claim_sources(claims)
        for source, found in zip(sources, await asyncio.gather(*map(self._read, sources)), strict=True):
            if found is not None:
                issuer, received = found
                claims = with_source_claims(claims, source.name, received, issuer.claims)
        return claims

    async def _read(self, source: ClaimSource) -> tuple[SourceIssuer, dict[str, Any]] | None:
        """The verified claims of a source, and their issuer; None when they stay unknown, which is logged."""
        try:
            raw = source.token or await self._fetched(source)
            return await self._verified(source, raw)
        except SuiteError as error:
            self._report(source.shown, error.detail.replace("ID token: ", "", 1))
            return None

    def _report(self, name: str, detail: str) -> None:
        """Log a reason once as a warning: an outage of the source would otherwise fill the log."""
        is_new = (name, detail) not in self._reported and len(self._reported) < _MAX_REPORTED
        if is_new:
            self._reported.add((name, detail))
        write = self._options.log.warning if is_new else self._options.log.debug
        write("The claim source %s is not used, so its claims are unknown: %s. (Logged once.)", name, detail)

    async def _fetched(self, source: ClaimSource) -> str:
        check_endpoint(source.endpoint, "its endpoint", plain_http_of(self._options))
        if not any(self._is_at(source, issuer) for issuer in self._issuers.values()):
            host = for_log(urlsplit(source.endpoint).netloc, 100)
            raise ConfigurationError(f"the host of its endpoint, {host}, is not in claim_source_issuers")
        return process_claim_source_response(await self._send(claim_source_request(source)))

    async def _verified(self, source: ClaimSource, raw: str) -> tuple[SourceIssuer, dict[str, Any]]:
        token = IDToken.parse(raw)
        named = token.claims.get("iss")
        issuer = self._issuers.get(named) if isinstance(named, str) else None
        if issuer is None:
            raise InvalidToken("iss", "its issuer is not in claim_source_issuers")
        if source.endpoint and not self._is_at(source, issuer):
            raise InvalidToken("iss", "its endpoint is not on a host of the issuer that it names")
        options = self._options
        expectations = Expectations(
            options.client_id, issuer.issuer, None, None, self._algorithms, options.clock_tolerance
        )
        return issuer, await issuer.keys.verify(token, expectations, _no_secret, check_source_token)

    @staticmethod
    def _is_at(source: ClaimSource, issuer: SourceIssuer) -> bool:
        return is_listed(split_url(source.endpoint), issuer.hosts)


def _no_secret() -> list[str]:
    """The key for signatures by HMAC, which the Hub does not share with the issuer of a source."""
    return [""]
