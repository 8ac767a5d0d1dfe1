"""The authorization request on its way to the provider: in the browser's URL, or pushed before (PAR, RFC 9126)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from ...errors import ConfigurationError
from ...protocol.front_channel import FrontChannel, offered_response_mode
from ...protocol.metadata import ServerMetadata
from ...protocol.pushed_authorization import process_pushed_authorization_response, pushed_authorization_request
from ...protocol.urls import add_query

if TYPE_CHECKING:
    from .connection import ProviderConnection


class FrontChannelOptions(Protocol):
    """The options on the authorization request and its response."""

    client_id: str
    enable_par: bool
    response_mode: str


def front_channel_of(options: FrontChannelOptions) -> FrontChannel:
    """What the options say about the front channel, for a comparison with the provider's metadata."""
    return FrontChannel(enable_par=options.enable_par, response_mode=options.response_mode)


class AuthorizationRequests:
    """The authorization requests of one authenticator."""

    def __init__(self, options: FrontChannelOptions, connection: ProviderConnection) -> None:
        self._options = options
        self._connection = connection

    async def response_mode(self) -> str:
        """The value of the parameter ``response_mode``; empty if it is not sent.

        Raises
        ------
        TransportError
            When the provider's metadata are needed and out of reach.
        """
        mode = self._options.response_mode
        metadata = await self._metadata() if mode else None
        return offered_response_mode(mode, metadata.response_modes_supported) if metadata else mode

    async def url(self, parameters: Mapping[str, str]) -> str:
        """The URL to which the browser is redirected, for an authorization request with these parameters.

        Raises
        ------
        ConfigurationError
            When the provider has no endpoint for pushed requests, and `enable_par` is on.
        TokenResponseError
            When the provider refuses a pushed request. `ClientRefused` when it refuses this client.
        TransportError
            When the provider cannot be asked.
        """
        endpoint = await self._connection.endpoint("authorize_url", "authorization_endpoint")
        metadata = await self._metadata()
        if self._options.enable_par or (metadata is not None and metadata.require_pushed_authorization_requests):
            request_uri = await self._push(metadata, parameters)
            parameters = {"client_id": parameters["client_id"], "request_uri": request_uri}  # RFC 9126 §4
        return add_query(endpoint, parameters, "authorize_url")

    async def _metadata(self) -> ServerMetadata | None:
        """The provider's metadata; None if it has none."""
        issuer = self._connection.issuer
        return await issuer.metadata() if issuer.has_discovery else None

    async def _push(self, metadata: ServerMetadata | None, parameters: Mapping[str, str]) -> str:
        """Push an authorization request, and return its ``request_uri``."""
        endpoint = metadata.pushed_authorization_request_endpoint if metadata is not None else None
        if not endpoint:
            raise ConfigurationError("enable_par is on, and no metadata of the provider name the endpoint: set issuer")
        url, connection = endpoint, self._connection

        async def push() -> str:
            request = pushed_authorization_request(url, await connection.client(), parameters)
            return process_pushed_authorization_response(await connection.transport.send(request))

        return await connection.authenticated(push)
