"""How this Hub proves to the provider which client it is: by its secret, its key, a token of its platform, or TLS.

The options decide, or the provider's metadata where the operator has not chosen a method.
"""

from __future__ import annotations

import secrets as randomness
import time
from collections.abc import Awaitable, Callable, Collection
from functools import cached_property
from logging import Logger, LoggerAdapter
from typing import Any, Protocol, cast

from ...protocol.client import ASSERTION_METHODS, TLS_METHODS, Client, ClientAuthMethod
from ...protocol.client_assertion import (
    ASSERTION_TYP,
    MAX_FEDERATED_TOKEN,
    assertion_claims,
    federated_assertion,
    secret_assertion,
    signed_assertion,
)
from ...protocol.metadata import ServerMetadata
from ...protocol.provider_demands import SECRET_METHODS
from ..credential_files import credential_text, named_file
from .client_certificates import ClientCertificates
from .client_keys import ClientKeys
from .client_secrets import ClientSecrets
from .second_credential import Answer


class AuthenticationOptions(Protocol):
    """The options that are read here. Their help is in `hub.options`."""

    issuer: str
    client_id: str
    client_secret: str
    client_secret_file: str
    client_key_file: str
    client_assertion_file: str
    client_auth_method: str
    basic_auth: bool
    log: Logger | LoggerAdapter[Any]

    def configured_url(self, option: str) -> str:
        """The URL in `option`, without what the provider's metadata say."""

    def declared_url(self, name: str) -> str:
        """The URL that the class declares as `name`; empty if it declares none."""


class ClientAuthentication:
    """The client authentication of one authenticator, by its options when the object is made.

    Files are read for each request.

    Parameters
    ----------
    name:
        The class of the authenticator, for errors.
    clock:
        Returns the time in seconds since the epoch.
    """

    def __init__(
        self,
        options: AuthenticationOptions,
        name: str,
        secrets: ClientSecrets,
        keys: ClientKeys,
        certificates: ClientCertificates,
        clock: Callable[[], float] = lambda: time.time(),
    ) -> None:
        self._options = options
        self._name = name
        self._secrets = secrets
        self._keys = keys
        self._certificates = certificates
        self._clock = clock

    # --- which method ------------------------------------------------------------------------------------------------

    @cached_property
    def has_secret(self) -> bool:
        """Whether there is a client secret, without reading it."""
        return bool(self._options.client_secret or self._options.client_secret_file)

    @cached_property
    def has_certificate(self) -> bool:
        """Whether the client has a certificate for mutual TLS."""
        return bool(self._certificates.path)

    @cached_property
    def named(self) -> str:
        """The method that `client_auth_method` names, or `basic_auth`; an empty string if neither is set."""
        return self._options.client_auth_method or ("client_secret_basic" if self._options.basic_auth else "")

    @cached_property
    def chosen(self) -> str:
        """The method that the operator has chosen; an empty string when the provider's metadata may decide."""
        return self.named or ("private_key_jwt" if self._options.client_assertion_file else "")

    @cached_property
    def usable(self) -> tuple[str, ...]:
        """The methods for which the client has what they need, the preferred one first."""
        options, found = self._options, []
        if self.has_secret:
            found += ["client_secret_post", "client_secret_basic"]
        if options.client_key_file or options.client_assertion_file:
            found.append("private_key_jwt")
        if self.has_certificate:
            found += TLS_METHODS
        if self.has_secret:
            found.append("client_secret_jwt")
        return tuple(found)

    @cached_property
    def needs_metadata(self) -> bool:
        """Whether the provider's metadata decide about the method, or about the algorithm of an assertion."""
        if chosen := self.chosen:
            return chosen in ASSERTION_METHODS
        return not self._options.configured_url("token_url") and bool(self.usable)

    @property
    def compared(self) -> frozenset[str]:
        """The methods of which the provider's metadata must offer one: see `IssuerSettings.auth_methods`."""
        if self.named or self._options.configured_url("token_url"):
            return frozenset()
        if self._options.client_assertion_file:
            return frozenset({"private_key_jwt"})
        # Few providers list the method "none" for their public clients; all of these also have methods with a secret.
        return frozenset(self.usable or ("none", *SECRET_METHODS))

    def method(self, metadata: ServerMetadata | None) -> str:
        """The method to use.

        Parameters
        ----------
        metadata:
            The provider's metadata; None if there are none.
        """
        return self.method_among(None if metadata is None else metadata.token_endpoint_auth_methods_supported or ())

    def method_among(self, offered: Collection[str] | None) -> str:
        """The method to use at a provider that offers these.

        Parameters
        ----------
        offered:
            The ``token_endpoint_auth_methods_supported`` of the provider's metadata, empty if they have no such list
            (which means ``client_secret_basic`` alone, OpenID Connect Discovery 1.0 §3); None if there are no metadata.
        """
        if chosen := self.chosen:
            return chosen
        usable = self.usable or ("none",)
        if offered is None or self._options.configured_url("token_url"):
            return usable[0]
        fallback = "client_secret_basic" if self.has_secret else usable[0]
        return next((method for method in usable if method in offered), fallback)

    # --- the client --------------------------------------------------------------------------------------------------

    def client(self, metadata: ServerMetadata | None) -> Client:
        """This Hub as the provider's client. Each request that it authenticates gets a new assertion.

        Raises
        ------
        ConfigurationError
            When a secret cannot be read. `Client.authenticate` raises it for a key or a token.
        """
        return self._client(self.method(metadata), metadata)

    def _client(self, method: str, metadata: ServerMetadata | None) -> Client:
        secret, assertion = self._secrets.in_use(), None
        if method in ASSERTION_METHODS:
            offered = metadata.token_endpoint_auth_signing_alg_values_supported if metadata else None
            assertion = self._assertion(method, offered)
        return Client(self._options.client_id, secret, cast(ClientAuthMethod, method), assertion)

    def _assertion(self, method: str, offered: tuple[str, ...] | None) -> Callable[[], str]:
        options = self._options
        if method == "private_key_jwt" and options.client_assertion_file:
            return self.federated_token
        audience, typ = self._audience()

        def make() -> str:
            jti = randomness.token_urlsafe(24)
            claims = assertion_claims(options.client_id, audience, jti=jti, now=self._clock())
            if method == "private_key_jwt":
                return signed_assertion(self._keys.signing_key(), claims, offered, typ=typ)
            return secret_assertion(self._secrets.in_use(), claims, offered, typ=typ)

        return make

    def _audience(self) -> tuple[str, str]:
        """The audience of an assertion, and its type. No document from outside decides about either."""
        if declared := self._options.declared_url("assertion_audience"):
            return declared, "JWT"  # a provider that documents another audience knows the older type
        if self._options.issuer:
            return self._options.issuer, ASSERTION_TYP
        return self._options.configured_url("token_url"), "JWT"

    def federated_token(self, now: float | None = None) -> str:
        """The token in `client_assertion_file`, as it is now.

        Parameters
        ----------
        now:
            The time in seconds since the epoch at which the token must not have expired; the present by default.

        Raises
        ------
        ConfigurationError
            When the file cannot be read, or does not hold a token that is still valid.
        """
        option, path = f"{self._name}.client_assertion_file", self._options.client_assertion_file
        fix = "Correct the path, or mount the token there, readable for the Hub"
        text = credential_text(option, path, MAX_FEDERATED_TOKEN, "ascii", fix)
        return federated_assertion(text, named_file(option, path), now=self._clock() if now is None else now)

    async def authenticated(
        self, metadata: ServerMetadata | None, request: Callable[[Client], Awaitable[Answer]]
    ) -> Answer:
        """The answer to a request of this client; with its other secret or key, when the provider refuses the first.

        Parameters
        ----------
        metadata:
            The provider's metadata; None if there are none.
        request:
            Builds and sends the request of the client that it gets. It is called once, or twice.

        Raises
        ------
        ClientRefused
            When the provider refuses both, or the only one.
        SuiteError
            As `request` raises.
        """
        method = self.method(metadata)

        async def send() -> Answer:
            return await request(self._client(method, metadata))

        if method in TLS_METHODS or (method == "private_key_jwt" and self._options.client_assertion_file):
            return await send()
        if method == "private_key_jwt":
            return await self._keys.authenticated(send)
        return await self._secrets.authenticated(send)
