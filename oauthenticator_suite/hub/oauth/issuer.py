"""A provider's metadata and keys: fetched once, shared by all logins, and kept while the provider is down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from logging import Logger, LoggerAdapter
from typing import Any

from joserfc.jwk import Key, OctKey

from ...errors import AddressRefused, ConfigurationError, InvalidToken, ProviderUnreachable, SuiteError
from ...protocol.algorithms import ALGORITHMS, MIN_SECRET_BYTES
from ...protocol.fapi2 import Fapi2Client
from ...protocol.front_channel import FrontChannel
from ...protocol.id_token import Expectations, IDToken, check_id_token, verify_signature
from ...protocol.jwks import LOGIN, LOGOUT, RESPONSE, KeyCache, parse_jwks
from ...protocol.messages import Request, Response
from ...protocol.metadata import ServerMetadata, discovery_request, process_discovery_response
from ...protocol.urls import PlainHTTP
from ..resilience.single_flight import SingleFlight

METADATA_MAX_AGE = 86400.0
"""Seconds after which the metadata are fetched again. If that fails, the old metadata stay in use."""

_PURPOSES = (LOGIN, LOGOUT, RESPONSE)

_RETRY_FIRST, _RETRY_LAST = 2.0, 300.0

Check = Callable[[IDToken, Expectations, float], None]
"""All checks of a token that need no key. The last argument is the time in seconds. Raises `InvalidToken`."""


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """Where the metadata and keys are, and which hosts are trusted.

    Attributes
    ----------
    issuer, discovery_url, jwks_url:
        The options of the same names; empty if not set.
    trusted_hosts:
        The option `trusted_provider_hosts`.
    plain_http:
        Whether http URLs are accepted: see `security_profile.plain_http_of`.
    discovery:
        Whether the metadata are needed. They are not when all endpoint URLs and the keys' URL are set.
    auth_methods:
        The methods by which the client can authenticate, of which the metadata decide; none if the options decide.
    uses_mutual_tls:
        Whether the client has a certificate.
    uses_pkce, uses_dpop:
        Whether logins use PKCE and DPoP: see `security_profile.Protections`.
    front_channel:
        The options on the authorization request and its response.
    fapi2:
        What the client needs of the provider to keep the FAPI 2.0 Security Profile; None without this profile.
    """

    issuer: str
    discovery_url: str = ""
    jwks_url: str = ""
    trusted_hosts: frozenset[str] = frozenset()
    plain_http: PlainHTTP = PlainHTTP.REFUSED
    discovery: bool = True
    auth_methods: frozenset[str] = frozenset()
    uses_mutual_tls: bool = False
    uses_pkce: bool = False
    uses_dpop: bool = False
    front_channel: FrontChannel = field(default_factory=FrontChannel)
    fapi2: Fapi2Client | None = None


class Issuer:
    """One provider's metadata and keys.

    At most one request for the metadata runs at any time, and one for the keys for each purpose.

    Attributes
    ----------
    has_discovery:
        Whether the provider has metadata that this class fetches.
    can_verify:
        Whether ID tokens can be verified by signature.
    """

    _warming_up: asyncio.Task[None] | None = None  # the event loop keeps no task alive

    def __init__(
        self,
        settings: IssuerSettings,
        send: Callable[[Request], Awaitable[Response]],
        log: Logger | LoggerAdapter[Any],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.has_discovery = bool(settings.issuer) and settings.discovery
        self.can_verify = bool(settings.issuer or settings.jwks_url)
        self._send = send
        self._log = log
        self._clock = clock
        self._metadata: ServerMetadata | None = None
        self._metadata_due = 0.0
        self._keys = KeyCache(retry_interval=1.0)
        self._renew_metadata = SingleFlight(self._fetch_metadata)
        self._renew_keys = {purpose: SingleFlight(partial(self._fetch_keys, purpose)) for purpose in _PURPOSES}

    @property
    def known_metadata(self) -> ServerMetadata | None:
        """The provider's metadata as they were last read; None if they have not been read."""
        return self._metadata

    @property
    def keys_fetched_at(self) -> float | None:
        """When the provider's keys were fetched, in seconds since the epoch; None if they never were."""
        return self._keys.fetched_at

    @property
    def keys_due_at(self) -> float | None:
        """From when on a login fetches the provider's keys again; None if they were never fetched."""
        return self._keys.due_at

    @property
    def keys_are_failing(self) -> bool:
        """Whether the last attempt to fetch the provider's keys has failed."""
        return self._keys.is_failing

    async def metadata(self) -> ServerMetadata:
        """The provider's metadata (RFC 8414, OpenID Connect Discovery 1.0).

        Raises
        ------
        ConfigurationError
            If the metadata belong to another issuer than the configured one.
        TransportError
            If the metadata have never been fetched and cannot be fetched now.
        """
        if self._metadata is None or self._clock() >= self._metadata_due:
            return await self._renew_metadata()
        return self._metadata

    async def verify(
        self,
        raw: str | IDToken,
        expectations: Expectations,
        secrets: Callable[[], Sequence[str]],
        check: Check = check_id_token,
        purpose: str = LOGIN,
    ) -> dict[str, Any]:
        """Verify an ID token and return its claims (OpenID Connect Core 1.0 §3.1.3.7).

        Parameters
        ----------
        secrets:
            Returns the keys for HMAC algorithms, if `expectations` accept one (§10.1): the client secret, then others,
            during its rotation. Of these, values that cannot be keys are left out. Published keys are never used.
        check:
            The checks that need no key. Another function verifies another kind of token, such as a logout token.
        purpose:
            Why keys may be fetched: see `oauthenticator_suite.protocol.jwks.KeyCache`.

        Raises
        ------
        InvalidToken
            If a check fails.
        ConfigurationError
            If the client secret is needed, and cannot be read or cannot be a key.
        TransportError
            If the provider's keys are not known and cannot be fetched.
        """
        token = raw if isinstance(raw, IDToken) else IDToken.parse(raw)
        check(token, expectations, self._clock())  # before any key is fetched
        if ALGORITHMS[token.header["alg"]].kty == "oct":
            client_secret, *others = secrets()
            verify_signature(token, [_secret_key(each) for each in (client_secret, *filter(_can_verify, others))])
            return token.claims
        fetched = self._keys.needs_fetch(token.header, self._clock(), purpose=purpose)
        if fetched:
            await self._renew_keys[purpose]()
        try:
            verify_signature(token, self._keys_for(token))
        except InvalidToken as error:
            # The provider may have new keys that the header does not distinguish: it has no kid, or reused one.
            stale = not fetched and self._keys.needs_fetch(token.header, self._clock(), refused=True, purpose=purpose)
            if error.claim != "signature" or not stale:
                raise
            await self._renew_keys[purpose]()
            verify_signature(token, self._keys_for(token))
        return token.claims

    def check_unsigned(self, raw: str, expectations: Expectations) -> dict[str, Any]:
        """Check an ID token except for its signature, and return its claims. For providers without known keys.

        A token that was received directly from the token endpoint over TLS needs no signature check (OpenID Connect
        Core 1.0 §3.1.3.7, item 6). Header and claims are checked.

        Raises
        ------
        InvalidToken
            If a check fails.
        """
        token = IDToken.parse(raw)
        check_id_token(token, expectations, self._clock())
        return token.claims

    @staticmethod
    def stored_claims(raw: str) -> dict[str, Any]:
        """The claims of a stored ID token. It was verified when it was received."""
        return IDToken.parse(raw).claims

    def begin_to_warm_up(self) -> None:
        """Fetch metadata and keys in the background, if ID tokens are verified with them."""
        if not self.can_verify:
            return
        try:
            self._warming_up = asyncio.get_running_loop().create_task(self._warm_up())
        except RuntimeError:  # no event loop yet: the first login fetches them
            self._log.debug("no event loop: the provider is asked at the first login")

    async def _warm_up(self) -> None:
        """Fetch metadata and keys, and retry until that succeeds. Each failure is logged; only cancellation raises."""
        wait = _RETRY_FIRST
        while self._keys.usable(self._clock()) is None:
            try:
                await self._renew_keys[LOGIN]()
            except SuiteError as error:
                is_lasting = isinstance(error, (AddressRefused, ConfigurationError))
                level = self._log.critical if is_lasting else self._log.warning
                level(
                    "No user can sign in through %s yet: %s. Trying again in %d seconds.",
                    self.settings.issuer or self.settings.jwks_url,
                    error.detail.rstrip("."),
                    wait,
                )
                await asyncio.sleep(wait)
                wait = min(wait * 2, _RETRY_LAST)
        self._log.info("Provider %s is ready", self.settings.issuer or self.settings.jwks_url)

    def _keys_for(self, token: IDToken) -> list[Key]:
        keys = self._keys.usable(self._clock())
        if keys is None:
            raise ProviderUnreachable("the provider's keys are not known and cannot be fetched at the moment")
        return keys.candidates(token.header)

    async def _fetch_metadata(self) -> ServerMetadata:
        settings, known = self.settings, self._metadata
        try:
            response = await self._send(discovery_request(settings.issuer, settings.discovery_url or None))
            metadata = process_discovery_response(
                response,
                issuer=settings.issuer,
                trusted_hosts=settings.trusted_hosts,
                plain_http=settings.plain_http,
                auth_methods=settings.auth_methods,
                uses_mutual_tls=settings.uses_mutual_tls,
                uses_pkce=settings.uses_pkce,
                uses_dpop=settings.uses_dpop,
                front_channel=settings.front_channel,
                fapi2=settings.fapi2,
            )
        except SuiteError as error:
            if known is None:
                raise
            self._log.warning(
                "The provider's metadata could not be renewed; the old metadata stay in use: %s", error.detail
            )
            self._metadata_due = self._clock() + 60
            return known
        self._metadata, self._metadata_due = metadata, self._clock() + METADATA_MAX_AGE
        return metadata

    async def _fetch_keys(self, purpose: str) -> None:
        url = self.settings.jwks_url or (await self.metadata()).jwks_uri
        if not url:
            raise ConfigurationError("the provider's metadata have no jwks_uri: set jwks_url")
        try:
            response = await self._send(Request("GET", url, "request for the provider's keys", {"Accept": "*/*"}))
            self._keys.stored(parse_jwks(response), self._clock(), purpose=purpose)
        except SuiteError as error:
            self._keys.failed(self._clock(), purpose=purpose)
            if self._keys.usable(self._clock()) is None:
                raise
            self._log.warning("The provider's keys could not be renewed; the old keys stay in use: %s", error.detail)


def _can_verify(client_secret: str) -> bool:
    return len(client_secret.encode()) >= MIN_SECRET_BYTES and "-----BEGIN" not in client_secret


def _secret_key(client_secret: str) -> OctKey:
    """The client secret as the key of an HMAC algorithm (OpenID Connect Core 1.0 §10.1).

    Raises
    ------
    ConfigurationError
        If the secret is too short, or is a PEM key.
    """
    if not _can_verify(client_secret):
        raise ConfigurationError(
            f"client_secret cannot verify ID tokens: it must have at least {MIN_SECRET_BYTES} bytes and must not be a "
            "PEM key"
        )
    key: OctKey = OctKey.import_key(client_secret)
    return key
