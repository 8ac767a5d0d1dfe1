"""Provider metadata (OpenID Connect Discovery 1.0, RFC 8414): requesting and validating it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult

from ..errors import ConfigurationError, InvalidResponse
from .fapi2 import Fapi2Client, check_profile
from .front_channel import FrontChannel, check_front_channel
from .messages import Request, Response, refuse_outage
from .metadata_values import flag, names
from .provider_demands import check_demands
from .strict_json import loads_object
from .text import for_log
from .urls import PlainHTTP, URLError, check_endpoint, check_scheme, is_listed, origin, shown, split_url

__all__ = [
    "ServerMetadata",
    "check_endpoint",
    "check_issuer",
    "discovery_request",
    "discovery_url",
    "endpoints_in",
    "process_discovery_response",
    "read_document",
]

_LABEL = "discovery"
_WELL_KNOWN = "/.well-known/openid-configuration"
_ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "pushed_authorization_request_endpoint",
)
_WITHOUT_ALIAS = ("authorization_endpoint", "jwks_uri", "end_session_endpoint")
"""The endpoints that browsers use, or that need no client authentication: they have no alias for mutual TLS."""


@dataclass(frozen=True, slots=True)
class ServerMetadata:
    """A provider's metadata, with the names of RFC 8414 §2. A member that the provider omits is None, or False.

    For a client with a certificate, the endpoints are those of ``mtls_endpoint_aliases`` (RFC 8705 §5).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str | None = None
    jwks_uri: str | None = None
    end_session_endpoint: str | None = None
    revocation_endpoint: str | None = None
    introspection_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_signing_alg_values_supported: tuple[str, ...] | None = None
    response_modes_supported: tuple[str, ...] | None = None
    authorization_response_iss_parameter_supported: bool = False
    code_challenge_methods_supported: tuple[str, ...] | None = None
    id_token_signing_alg_values_supported: tuple[str, ...] | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] | None = None
    token_endpoint_auth_signing_alg_values_supported: tuple[str, ...] | None = None
    tls_client_certificate_bound_access_tokens: bool = False
    scopes_supported: tuple[str, ...] | None = None


def discovery_url(issuer: str) -> str:
    """Return the URL of the metadata of `issuer`. One slash at its end is removed (OpenID Connect Discovery §4.1).

    Raises
    ------
    ConfigurationError
        If `issuer` is not a URL, has a query (forbidden by §3), or is the URL of the metadata itself.
    """
    try:
        parts = split_url(issuer)
    except URLError as error:
        problem = str(error)
    else:
        if parts.path.endswith(_WELL_KNOWN):
            problem = f"must not contain {_WELL_KNOWN} (or set discovery_url to this URL)"
        elif "?" in issuer:
            problem = "has a query (?), which an issuer must not have"
        else:
            return issuer.removesuffix("/") + _WELL_KNOWN
    raise ConfigurationError(f"issuer {problem}")


def discovery_request(issuer: str, url: str | None = None, *, configured: bool = True) -> Request:
    """Build the request for the metadata of `issuer`, at `url` if given, else at its `discovery_url`.

    `configured` is False for an issuer that a document has named: see `Request`.

    Raises
    ------
    ConfigurationError
        See `discovery_url`.
    """
    return Request("GET", url or discovery_url(issuer), _LABEL, {"Accept": "application/json"}, configured=configured)


def process_discovery_response(
    response: Response,
    *,
    issuer: str,
    trusted_hosts: Collection[str] = (),
    plain_http: PlainHTTP = PlainHTTP.REFUSED,
    auth_methods: Collection[str] = (),
    uses_pkce: bool = False,
    uses_dpop: bool = False,
    front_channel: FrontChannel | None = None,
    uses_mutual_tls: bool = False,
    fapi2: Fapi2Client | None = None,
) -> ServerMetadata:
    """Validate the response to `discovery_request` and return the metadata.

    Parameters
    ----------
    response:
        The provider's response.
    issuer:
        The configured issuer. The document must name exactly this issuer (OpenID Connect Discovery §4.3, RFC 8414
        §3.3).
    trusted_hosts:
        Hosts, as ``host`` or ``host:port``, where endpoints are accepted in addition to the issuer's origin.
    plain_http:
        Whether http endpoints on other machines are accepted.
    auth_methods, uses_pkce, uses_dpop:
        What the client does: see `provider_demands.check_demands`.
    front_channel:
        How the client sends authorization requests and gets the responses; None for the defaults.
    uses_mutual_tls:
        Whether the client has a certificate, so that it uses the provider's endpoints for mutual TLS where they differ.
    fapi2:
        What a client needs to keep the FAPI 2.0 Security Profile; None without this profile.

    Raises
    ------
    ConfigurationError
        If the provider demands what is not supported. If the document belongs to another issuer, or an endpoint is
        outside the issuer's origin and the trusted hosts: an attacker who can change one member of the document could
        otherwise redirect the client's secret and all codes to another server (RFC 9700 §4.4).
    InvalidResponse
        If the response is not metadata, is malformed, or lacks a required member.
    ProviderUnreachable, ProviderBusy
        See `refuse_outage`.
    """
    document = read_document(response, issuer)
    check_issuer(document.get("issuer"), issuer)
    urls = endpoints_in(
        document,
        issuer=issuer,
        trusted_hosts=trusted_hosts,
        plain_http=plain_http,
        uses_mutual_tls=uses_mutual_tls,
    )
    if fapi2 is not None:
        check_profile(document, _LABEL, fapi2)
    check_demands(document, _LABEL, auth_methods=auth_methods, uses_pkce=uses_pkce, uses_dpop=uses_dpop)
    check_front_channel(document, _LABEL, front_channel or FrontChannel())

    def is_true(member: str) -> bool:
        return flag(document, member, _LABEL) is True

    def names_in(member: str) -> tuple[str, ...] | None:
        return names(document, member, _LABEL)

    return ServerMetadata(
        issuer=issuer,
        **urls,
        require_pushed_authorization_requests=is_true("require_pushed_authorization_requests"),
        require_signed_request_object=is_true("require_signed_request_object"),
        request_object_signing_alg_values_supported=names_in("request_object_signing_alg_values_supported"),
        response_modes_supported=names_in("response_modes_supported"),
        authorization_response_iss_parameter_supported=is_true("authorization_response_iss_parameter_supported"),
        code_challenge_methods_supported=names_in("code_challenge_methods_supported"),
        id_token_signing_alg_values_supported=names_in("id_token_signing_alg_values_supported"),
        token_endpoint_auth_methods_supported=names_in("token_endpoint_auth_methods_supported"),
        token_endpoint_auth_signing_alg_values_supported=names_in("token_endpoint_auth_signing_alg_values_supported"),
        tls_client_certificate_bound_access_tokens=is_true("tls_client_certificate_bound_access_tokens"),
        scopes_supported=names_in("scopes_supported"),
    )


def read_document(response: Response, issuer: str) -> dict[str, Any]:
    """Return the JSON object in the response to `discovery_request`, as part of `process_discovery_response`.

    Raises
    ------
    InvalidResponse
        If the status, the media type or the body is not that of metadata.
    ProviderUnreachable, ProviderBusy
        See `refuse_outage`.
    """
    refuse_outage(response, _LABEL)
    if response.status != 200:
        raise InvalidResponse(
            f"{_LABEL}: HTTP {response.status}; is the issuer {issuer!r} right, or is discovery_url needed?"
        )
    if not response.is_json:
        raise InvalidResponse(f"{_LABEL}: the media type of the response is not application/json")
    return loads_object(response.body, label=_LABEL)


def endpoints_in(
    document: Mapping[str, Any],
    *,
    issuer: str,
    trusted_hosts: Collection[str] = (),
    plain_http: PlainHTTP = PlainHTTP.REFUSED,
    uses_mutual_tls: bool = False,
) -> dict[str, str]:
    """Return the endpoints in the metadata, by member, as part of `process_discovery_response`.

    With `uses_mutual_tls`, they are those for clients with a certificate, where these differ (RFC 8705 §5).

    Raises
    ------
    ConfigurationError
        If one is an http URL, or outside the issuer's origin and the trusted hosts.
    InvalidResponse
        If one is required and missing, or not a URL.
    """
    urls: dict[str, str] = {}
    parts: dict[str, SplitResult] = {}
    for name in _ENDPOINTS:
        value = document.get(name)
        if value is not None:
            parts[name] = _split(value, name)
            urls[name] = value
    for name in _required(document):
        if name not in urls:
            raise InvalidResponse(f"{_LABEL}: the required member {name} is missing")
    for name, its_parts in parts.items():
        check_scheme(its_parts, f"{_LABEL}: {name}", plain_http)
    _check_hosts(parts, issuer, trusted_hosts)
    if uses_mutual_tls:
        urls |= _mutual_tls_endpoints(document, issuer, trusted_hosts, plain_http)
    return urls


def _mutual_tls_endpoints(
    document: Mapping[str, Any], issuer: str, trusted_hosts: Collection[str], plain_http: PlainHTTP
) -> dict[str, str]:
    """The endpoints for clients with a certificate, by the same rules as the others (RFC 8705 §5)."""
    aliases = document.get("mtls_endpoint_aliases")
    if aliases is None:
        return {}
    if not isinstance(aliases, dict):
        raise InvalidResponse(f"{_LABEL}: mtls_endpoint_aliases is of type {type(aliases).__name__}")
    possible = (name for name in _ENDPOINTS if name not in _WITHOUT_ALIAS)
    given = {name: aliases[name] for name in possible if aliases.get(name) is not None}
    parts = {
        f"mtls_endpoint_aliases.{name}": _split(url, f"mtls_endpoint_aliases.{name}") for name, url in given.items()
    }
    for name, its_parts in parts.items():
        check_scheme(its_parts, f"{_LABEL}: {name}", plain_http)
    _check_hosts(parts, issuer, trusted_hosts)
    return given


def check_issuer(received: object, issuer: str) -> None:
    """Check that the metadata belong to `issuer`, as part of `process_discovery_response`.

    Parameters
    ----------
    received:
        The member ``issuer`` of the metadata.

    Raises
    ------
    ConfigurationError
        If they belong to another issuer.
    InvalidResponse
        If the member is not a string.
    """
    if not isinstance(received, str):
        raise InvalidResponse(f"{_LABEL}: the member issuer is missing or not a string")
    if received == issuer:
        return
    if received.rstrip("/") == issuer.rstrip("/"):
        hint = "they differ only in trailing slashes; write it exactly as the provider does"
    else:
        hint = f"the document belongs to {_shown_issuer(received)}"
    raise ConfigurationError(f"issuer is not the one that the provider's metadata names: {hint}")


def _shown_issuer(received: str) -> str:
    try:
        return shown(split_url(received))
    except URLError:
        return for_log(received) or "an empty issuer"


def _split(value: object, name: str) -> SplitResult:
    try:
        return split_url(value)
    except URLError as error:
        problem = f"{_LABEL}: {name} {error}"
    raise InvalidResponse(problem)


def _required(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The required endpoints. OpenID providers must also have ``jwks_uri``; other OAuth servers need not (RFC 8414 §2).

    OpenID Connect Discovery §3 requires both members by which an OpenID provider is recognized here. RFC 8414 does not
    define them.
    """
    required = ("authorization_endpoint", "token_endpoint")
    is_openid = "subject_types_supported" in document or "id_token_signing_alg_values_supported" in document
    return (*required, "jwks_uri") if is_openid else required


def _check_hosts(parts: Mapping[str, SplitResult], issuer: str, trusted_hosts: Collection[str]) -> None:
    """Refuse endpoints outside the issuer's origin and the trusted hosts. One error names them all."""
    try:
        home = origin(split_url(issuer))
    except URLError as error:
        problem = f"issuer {error}"
    else:
        foreign: dict[tuple[str, str], list[str]] = {}
        for name, its_parts in parts.items():
            if origin(its_parts) != home and not is_listed(its_parts, trusted_hosts):
                foreign.setdefault((its_parts.scheme, its_parts.netloc.lower()), []).append(name)
        if not foreign:
            return
        endpoints = ", ".join(f"{', '.join(found)} ({scheme}://{host})" for (scheme, host), found in foreign.items())
        hosts = ", ".join(sorted({f'"{host}"' for _, host in foreign}))
        problem = (
            f"{_LABEL}: endpoints outside the issuer's origin: {endpoints}. If that is intended, add to "
            f"trusted_provider_hosts: {hosts}"
        )
    raise ConfigurationError(problem)
