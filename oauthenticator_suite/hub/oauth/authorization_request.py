"""The authorization request on its way to the provider.

Its parameters are in the browser's URL, or are pushed to the provider before (PAR, RFC 9126). They may be signed by the
client (JAR, RFC 9101).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from functools import partial

from ...errors import ConfigurationError
from ...protocol.client import Client
from ...protocol.front_channel import offered_response_mode, request_object_algorithm
from ...protocol.metadata import ServerMetadata
from ...protocol.pushed_authorization import process_pushed_authorization_response, pushed_authorization_request
from ...protocol.request_object import TYPE, outer_parameters, request_object_claims
from ...protocol.urls import add_query
from ..resilience.request_limit import RequestLimit
from .connection import ProviderConnection
from .front_channel_options import FrontChannelOptions
from .request_objects import request_object_url

MAX_PUSHES = 20
"""Pushed authorization requests that one provider has to answer at a time."""

MAX_WAITING_PUSHES = 300
"""Login starts that wait for their turn to push a request. Further ones are refused."""


class AuthorizationRequests:
    """The authorization requests of one authenticator."""

    def __init__(self, options: FrontChannelOptions, connection: ProviderConnection) -> None:
        self._options = options
        self._connection = connection
        self._pushes = RequestLimit(MAX_PUSHES, MAX_WAITING_PUSHES, "pushed authorization request")

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
            When the provider has no endpoint for pushed requests, and they are to be pushed. When the client has no key
            that can sign the request.
        TokenResponseError
            When the provider refuses a pushed request. `ClientRefused` when it refuses this client.
        TransportError
            When the provider cannot be asked. `ProviderBusy` also when too many logins are about to start.
        """
        endpoint = await self._connection.endpoint("authorize_url", "authorization_endpoint")
        metadata = await self._metadata()
        pushes = self._connection.protections.pushes_requests
        pushes = pushes or (metadata is not None and metadata.require_pushed_authorization_requests)
        signs = self._options.request_object or (metadata is not None and metadata.require_signed_request_object)
        client_id = {"client_id": parameters["client_id"]}
        sign = partial(self._signed, metadata, parameters)

        def pushed() -> Mapping[str, str]:
            return {**client_id, "request": sign()} if signs else parameters

        carried = parameters
        if pushes:  # RFC 9126 §3 and §4
            carried = {**client_id, "request_uri": await self._push(metadata, pushed)}
        elif signs and self._options.request_object == "reference":
            identifier = self._options.front_channel.request_objects.keep(sign())
            url = request_object_url(parameters["redirect_uri"], self._options.all_paths, identifier)
            carried = {**outer_parameters(parameters), "request_uri": url}
        elif signs:
            carried = {**outer_parameters(parameters), "request": sign()}
        return add_query(endpoint, carried, "authorize_url")

    def _signed(self, metadata: ServerMetadata | None, parameters: Mapping[str, str]) -> str:
        """The request object with these parameters."""
        options, keys = self._options, self._connection.keys
        offered = metadata.request_object_signing_alg_values_supported if metadata is not None else None
        claims = request_object_claims(
            parameters,
            client_id=options.client_id,
            issuer=options.issuer,
            now=time.time(),
            jti=secrets.token_urlsafe(16),
        )
        return keys.sign(claims, typ=TYPE, alg=request_object_algorithm(keys.signing_key().algorithms, offered))

    async def _metadata(self) -> ServerMetadata | None:
        """The provider's metadata; None if it has none."""
        issuer = self._connection.issuer
        return await issuer.metadata() if issuer.has_discovery else None

    async def _push(self, metadata: ServerMetadata | None, fields: Callable[[], Mapping[str, str]]) -> str:
        """Push an authorization request, and return its ``request_uri``.

        Parameters
        ----------
        fields:
            Builds the fields. It is called for each request: one with the client's other key must also have a request
            object that is signed by that key.
        """
        endpoint = metadata.pushed_authorization_request_endpoint if metadata is not None else None
        if not endpoint:
            raise ConfigurationError("enable_par is on, and no metadata of the provider name the endpoint: set issuer")
        url, connection = endpoint, self._connection

        async def push(client: Client) -> str:
            request = pushed_authorization_request(url, client, fields())
            return process_pushed_authorization_response(await connection.transport.send(request))

        async with self._pushes.turn():
            return await connection.authenticated(push)
