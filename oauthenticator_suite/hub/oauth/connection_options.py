"""What `hub.oauth.connection` needs of an authenticator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from ..observe.observers import StatesFacts
from .front_channel_options import FrontChannelOptions


class ConnectionOptions(StatesFacts, FrontChannelOptions, Protocol):
    """The options of an authenticator that a connection reads. Their help is in `hub.options`."""

    issuer: str
    discovery_url: str
    jwks_url: str
    authorize_url: str
    token_url: str
    userdata_url: str
    userdata_from_id_token: bool
    merge_id_token_claims: bool
    trusted_provider_hosts: set[str]
    allow_insecure_http: bool
    allow_private_provider_addresses: bool
    scope: list[str]
    client_id: str
    client_secret: str
    client_secret_file: str
    previous_client_secret: str
    previous_client_secret_file: str
    client_secret_expires_at: float
    client_key_file: str
    client_assertion_file: str
    client_certificate_file: str
    client_certificate_key_file: str
    client_auth_method: str
    security_profile: str
    enable_par: bool
    enable_pkce: bool
    enable_dpop: bool
    introspection_url: str
    basic_auth: bool
    id_token_signed_response_alg: set[str]
    client_decryption_key_file: str
    id_token_encrypted_response_alg: set[str]
    userinfo_encrypted_response_alg: set[str]
    userinfo_signed_response_alg: set[str]
    claim_source_issuers: dict[str, Any]
    clock_tolerance: float
    provider_timeout: float
    max_provider_connections: int
    user_agent: str
    validate_server_cert: bool
    http_request_kwargs: dict[str, Any]
    error_hints: Mapping[str, str]
    log: Logger | LoggerAdapter[Any]

    def traits(self) -> Mapping[str, Any]:
        """All options."""

    def observe(self, handler: Callable[[Any], None]) -> None:
        """Call `handler` whenever an option is set."""

    def authorize_params(self) -> dict[str, str]:
        """More query parameters of the redirect to the provider."""

    def declared_url(self, name: str) -> str:
        """The URL that the class declares as `name`; empty if it declares none."""

    def configured_url(self, option: str) -> str:
        """The URL in `option`, without what the provider's metadata say."""
