"""The provider's metadata: whether they can be read, belong to the issuer, and allow a login."""

from __future__ import annotations

from collections.abc import Iterator

from .....errors import ConfigurationError, InvalidResponse, TransportError
from .....hub.findings.finding import ERROR, Check, Problem, check
from .....protocol.fapi2 import check_profile
from .....protocol.front_channel import check_front_channel
from .....protocol.metadata import check_issuer, endpoints_in
from .....protocol.provider_demands import check_demands
from .....protocol.text import quoted
from ..facts import Facts


def _stripped(detail: str) -> str:
    return detail.rstrip(".")


@check(
    "discovery-document",
    ERROR,
    "The provider's metadata cannot be read: another status than 200, another media type than JSON's, text that is not "
    "strict JSON, or a member that is missing or malformed.",
    "Correct `issuer`, or set `discovery_url` if the metadata are elsewhere.",
    stage="online",
)
def discovery_document(facts: Facts) -> Iterator[Problem]:
    """What `protocol.metadata` says, unless another check says it in more detail."""
    for name in ("metadata", "document"):
        error = facts.error(name)
        if isinstance(error, InvalidResponse):
            option = "" if facts.authenticator.issuer == "" else "issuer"
            yield Problem(option, f"leads to unusable metadata: {_stripped(error.detail)}" if option else error.detail)
        elif error is not None and not facts.document and not isinstance(error, TransportError):
            yield Problem("", _stripped(error.detail))


@check(
    "issuer-differs",
    ERROR,
    "The provider's metadata name another issuer than `issuer`. A slash at the end counts.",
    "Set `issuer` exactly as the provider writes it, after you have made sure that this is your provider.",
    stage="online",
)
def issuer_differs(facts: Facts) -> Iterator[Problem]:
    """OpenID Connect Discovery 1.0 §4.3."""
    configured, received = facts.authenticator.issuer, facts.document.get("issuer")
    if not facts.document or not isinstance(received, str):
        return
    try:
        check_issuer(received, configured)
    except ConfigurationError:
        close = received.rstrip("/") == configured.rstrip("/")
        difference = ", which differs by the slash at the end" if close else ""
        fix = f"Set it to {quoted(received)}" + ("" if close else ", if that is your provider")
        yield Problem(
            "issuer",
            f"is {quoted(configured)}, and the provider's metadata name {quoted(received)}{difference}",
            fix,
        )


@check(
    "discovered-hosts",
    ERROR,
    "The provider's metadata name an endpoint on another host than the issuer's, or without https. With a client "
    "certificate, this includes `mtls_endpoint_aliases`.",
    "If the provider uses several hosts, add them to `trusted_provider_hosts`.",
    stage="online",
)
def discovered_hosts(facts: Facts) -> Iterator[Problem]:
    """RFC 9700 §4.4: another host would get the client's secret and all codes."""
    if not facts.document:
        return
    settings = facts.authenticator.connection.issuer.settings
    try:
        endpoints_in(
            facts.document,
            issuer=settings.issuer,
            trusted_hosts=settings.trusted_hosts,
            plain_http=settings.plain_http,
            uses_mutual_tls=settings.uses_mutual_tls,
        )
    except ConfigurationError as error:
        yield Problem("", _stripped(error.detail))
    except InvalidResponse:
        return  # the check `discovery-document` reports it


@check(
    "provider-demands",
    ERROR,
    "The provider's metadata demand what the Hub does not do, or do not offer what an option demands: the "
    "authorization code grant, the method of client authentication, PKCE with S256, DPoP, pushed authorization "
    "requests, signed request objects, the response mode, or what `security_profile` needs.",
    "Follow the message, at the provider or in the configuration.",
    stage="online",
)
def provider_demands(facts: Facts) -> Iterator[Problem]:
    """What `protocol.provider_demands` and `protocol.front_channel` refuse at a login."""
    if not facts.document:
        return
    settings = facts.authenticator.connection.issuer.settings
    try:
        if settings.fapi2 is not None:
            check_profile(facts.document, "discovery", settings.fapi2)
        check_demands(
            facts.document,
            "discovery",
            auth_methods=settings.auth_methods,
            uses_pkce=settings.uses_pkce,
            uses_dpop=settings.uses_dpop,
        )
        check_front_channel(facts.document, "discovery", settings.front_channel)
    except ConfigurationError as error:
        yield Problem("", _stripped(error.detail))
    except InvalidResponse:
        return  # the check `discovery-document` reports it


DISCOVERY_ONLINE_CHECKS: tuple[Check, ...] = (discovery_document, issuer_differs, discovered_hosts, provider_demands)
"""The checks of the provider's metadata."""
