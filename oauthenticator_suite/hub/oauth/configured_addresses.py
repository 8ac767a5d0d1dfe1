"""The guard of an authenticator's HTTP client: which URLs are configured, and where the provider's documents are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from ..options.trait_types import URL
from ..transport.addresses import AddressGuard
from .security_profile import HTTPOptions, plain_http_of


class HasURLs(HTTPOptions, Protocol):
    """The part of an authenticator that is read here."""

    issuer: str
    discovery_url: str
    allow_private_provider_addresses: bool

    def traits(self) -> Mapping[str, Any]:
        """All options."""

    def declared_url(self, name: str) -> str:
        """The URL that the class declares as `name`; empty if it declares none."""

    def configured_url(self, option: str) -> str:
        """The URL in `option`, without what the provider's metadata say."""


def address_guard(options: HasURLs) -> AddressGuard:
    """The guard for the requests of an authenticator, from its options as they are now."""
    document = options.declared_url("document")
    urls = [document, *(options.configured_url(name) for name, trait in options.traits().items() if _is_url(trait))]
    home = options.discovery_url or options.issuer or document
    return AddressGuard(
        home=(urlsplit(home).hostname or "").rstrip("."),
        configured_urls=frozenset(url.partition("?")[0] for url in urls if url),
        allow_private=options.allow_private_provider_addresses,
        plain_http=plain_http_of(options),
    )


def _is_url(trait: Any) -> bool:
    return isinstance(trait, URL)
