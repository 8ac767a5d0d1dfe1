"""The requests to a provider: its metadata, and the registration of a client."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ...errors import ConfigurationError
from ...hub.oauth.security_profile import plain_http_of
from ...hub.transport.addresses import AddressGuard
from ...hub.transport.client import Transport, TransportSettings
from ...protocol import registration as protocol
from ...protocol.metadata import check_issuer, discovery_request, read_document
from ...protocol.registration import ClientRegistration
from ...protocol.urls import PlainHTTP, URLError, check_scheme, is_listed, origin, split_url
from .agreement import agreed_algorithms, auth_method
from .certificates import certificate_members
from .wanted import Wanted


class RegisteringProvider:
    """A provider that may register clients.

    Parameters
    ----------
    transport:
        The HTTP client: that of the authenticator, with its proxies and certificates.
    issuer:
        The provider's issuer.
    discovery_url:
        Where its metadata are, if not below the issuer.
    trusted_hosts:
        The option `trusted_provider_hosts`.
    plain_http:
        Whether http URLs are accepted.
    """

    def __init__(
        self,
        transport: Transport,
        issuer: str,
        discovery_url: str = "",
        trusted_hosts: frozenset[str] = frozenset(),
        plain_http: PlainHTTP = PlainHTTP.REFUSED,
    ) -> None:
        self._transport = transport
        self._issuer = issuer
        self._discovery_url = discovery_url
        self._trusted_hosts = trusted_hosts
        self._plain_http = plain_http

    @classmethod
    def of(cls, wanted: Wanted) -> RegisteringProvider:
        """The provider at which a Hub is registered."""
        way = wanted.authenticator
        if way is None:
            return cls(new_transport(wanted.issuer), wanted.issuer, plain_http=PlainHTTP.NEVER)
        trusted = frozenset(way.trusted_provider_hosts)
        return cls(way.transport, way.issuer, way.discovery_url, trusted, plain_http_of(way))

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def metadata(self) -> dict[str, Any]:
        """The provider's metadata.

        Raises
        ------
        SuiteError
            If they cannot be read, or belong to another issuer.
        """
        response = await self._transport.send(discovery_request(self._issuer, self._discovery_url or None))
        document = read_document(response, self._issuer)
        check_issuer(document.get("issuer"), self._issuer)
        return document

    def endpoint_in(self, document: Mapping[str, Any]) -> str:
        """The registration endpoint.

        Raises
        ------
        ConfigurationError
            If there is none, or it is at a host that is not trusted, or not https.
        """
        url = document.get("registration_endpoint")
        if url is None:
            raise ConfigurationError(
                "the provider's metadata have no registration_endpoint: it registers clients in another way, such as "
                "on a page for administrators"
            )
        try:
            parts = split_url(url)
            is_home = origin(parts) == origin(split_url(self._issuer))
        except URLError as error:
            raise ConfigurationError(f"registration_endpoint {error}") from None
        check_scheme(parts, "registration_endpoint", self._plain_http)
        if not is_home and not is_listed(parts, self._trusted_hosts):
            raise ConfigurationError(
                f"registration_endpoint is at {parts.netloc}, outside the issuer's origin. If that is intended, add "
                "the host to trusted_provider_hosts"
            )
        return str(url)

    def metadata_of(self, wanted: Wanted, document: Mapping[str, Any], client_name: str) -> dict[str, Any]:
        """The metadata of the client: what the provider does not know by its own metadata is left out.

        Raises
        ------
        ConfigurationError, InvalidResponse
            As `agreed_algorithms`.
        """
        method = auth_method(wanted, document)
        others = dict(wanted.members)
        if wanted.authenticator is not None:
            others |= certificate_members(wanted.authenticator, method)
        if "jwks" in others:  # RFC 7591 §2: not both
            others.pop("jwks_uri", None)
        scopes, grants = document.get("scopes_supported"), document.get("grant_types_supported")
        members = protocol.client_metadata(
            redirect_uris=[wanted.callback_url],
            auth_method=method,
            client_name=client_name,
            scope=[each for each in wanted.scope if not isinstance(scopes, list) or each in scopes],
            **others,
            **agreed_algorithms(wanted, document, method),
        )
        if not isinstance(grants, list) or "refresh_token" not in grants:
            members["grant_types"] = ["authorization_code"]
        return members

    async def register(self, endpoint: str, metadata: Mapping[str, Any], token: str) -> ClientRegistration:
        """Register a client. Raises `SuiteError` if the provider refuses, or cannot be asked."""
        response = await self._transport.send(protocol.registration_request(endpoint, metadata, token))
        return protocol.process_registration_response(response, endpoint, plain_http=self._plain_http)

    async def show(self, endpoint: str, registration: ClientRegistration) -> ClientRegistration:
        """The registration as it is at the provider. Raises as `register`."""
        response = await self._transport.send(protocol.read_request(registration))
        return protocol.process_registration_response(
            response, endpoint, before=registration, plain_http=self._plain_http
        )

    async def update(
        self, endpoint: str, registration: ClientRegistration, metadata: Mapping[str, Any]
    ) -> ClientRegistration:
        """Replace the metadata of a client. Raises as `register`."""
        response = await self._transport.send(protocol.update_request(registration, metadata))
        return protocol.process_registration_response(
            response, endpoint, before=registration, plain_http=self._plain_http
        )

    async def delete(self, registration: ClientRegistration) -> None:
        """Remove a client. Raises as `register`."""
        protocol.process_deletion_response(await self._transport.send(protocol.delete_request(registration)))


def new_transport(url: str) -> Transport:
    """An HTTP client of the command's own, for a provider of which only the issuer is known."""
    log = logging.getLogger("oauthenticator_suite.cli")
    guard = AddressGuard(home=urlsplit(url).hostname or "", plain_http=PlainHTTP.NEVER)
    return Transport(TransportSettings(), log, guard=guard)
