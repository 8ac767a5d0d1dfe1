"""Asking the provider at a refresh whether a stored access token is still active (RFC 7662)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from ...errors import ClientRefused, TokenResponseError
from ...protocol.client import Client
from ...protocol.introspection import Expected, introspection_request, process_introspection_response
from ..accounts.sign_in import SignIn
from ..transport.client import Transport
from .dpop import stored_key
from .issuer import Issuer

ASK_AGAIN_AFTER = 3600.0
"""Seconds for which the announced endpoint is not asked after the provider has refused to answer this client."""


class IntrospectionOptions(Protocol):
    """The options of an authenticator that introspection reads."""

    issuer: str
    client_id: str
    introspection_url: str
    userdata_from_id_token: bool
    log: Logger | LoggerAdapter[Any]


class IntrospectingConnection(Protocol):
    """The part of `hub.oauth.connection.ProviderConnection` that introspection uses."""

    @property
    def issuer(self) -> Issuer:
        """The provider's metadata."""

    @property
    def transport(self) -> Transport:
        """The HTTP client."""

    async def client(self) -> Client:
        """This Hub as the provider's client."""

    async def authenticated(self, request: Callable[[Client], Awaitable[bool]]) -> bool:
        """Make a request of this client, with the other client secret if the provider refuses the one in use."""


class Introspection:
    """The introspection of one provider's access tokens. `clock` returns seconds since the epoch."""

    def __init__(
        self,
        options: IntrospectionOptions,
        connection: IntrospectingConnection,
        clock: Callable[[], float] = lambda: time.time(),
    ) -> None:
        self._options = options
        self._connection = connection
        self._clock = clock
        self._refused_until = 0.0
        self._has_warned_of_request = False

    async def is_active(self, stored: SignIn, *, refreshable: bool) -> bool | None:
        """Whether the access token of a stored login is active; None if the provider is not asked.

        It is asked at `introspection_url`. Without that option, it is asked at the endpoint in its metadata, if nothing
        else shows that a token was revoked: the provider has no userinfo endpoint, or the user's data come from the ID
        token and there is no refresh token. If it then refuses to answer this client, it is not asked for an hour. If
        it refuses the request about one token, nothing is known about that token, and others are asked about as before.

        Raises
        ------
        ClientRefused, TokenResponseError
            If the provider refuses to answer this client at `introspection_url`.
        TransportError
            If the provider does not say whether the token is active.
        """
        url = self._options.introspection_url
        if url:
            return await self._ask(url, stored)
        url = "" if refreshable and self._options.userdata_from_id_token else await self._announced()
        if not url:
            return None
        try:
            return await self._ask(url, stored)
        except ClientRefused as error:
            self._refused_until = self._clock() + ASK_AGAIN_AFTER
            self._options.log.warning(
                "The provider announces token introspection and refuses it to this Hub, which asks again in %d "
                "minutes: %s",
                ASK_AGAIN_AFTER // 60,
                error.detail,
            )
        except TokenResponseError as error:
            write = self._options.log.debug if self._has_warned_of_request else self._options.log.warning
            self._has_warned_of_request = True
            write("The provider does not say whether an access token is active: %s. (Logged once.)", error.detail)
        return None

    async def _announced(self) -> str:
        """The endpoint in the metadata; empty if this client cannot use it. It needs client authentication (§2.1)."""
        issuer = self._connection.issuer
        if self._clock() < self._refused_until or not issuer.has_discovery:
            return ""
        url = (await issuer.metadata()).introspection_endpoint
        return url if url and (await self._connection.client()).auth_method != "none" else ""

    async def _ask(self, url: str, stored: SignIn) -> bool:
        token = str(stored.token_info.get("access_token") or "")
        key = stored_key(stored.record)
        expected = Expected(
            issuer=self._options.issuer,
            subject=stored.record.subject,
            username=stored.record.login,
            client_id=self._options.client_id,
            thumbprint=None if key is None else key.thumbprint,
        )

        async def ask(client: Client) -> bool:
            request = introspection_request(url, client, token)
            return process_introspection_response(await self._connection.transport.send(request), expected)

        return await self._connection.authenticated(ask)
