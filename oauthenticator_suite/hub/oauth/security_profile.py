"""Which protections the logins of one authenticator have: those of its options, or all that its profile demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ...protocol.fapi2 import FAPI2, Fapi2Client, permitted_signatures
from ...protocol.front_channel import takes_jwt
from ...protocol.urls import PlainHTTP


class HTTPOptions(Protocol):
    """The options about http URLs."""

    allow_insecure_http: bool
    security_profile: str


def plain_http_of(options: HTTPOptions) -> PlainHTTP:
    """Whether an authenticator accepts http URLs. With the profile, which refuses the option, no error advises it."""
    if options.allow_insecure_http:
        return PlainHTTP.ALLOWED  # with the profile, the Hub does not start
    return PlainHTTP.NEVER if options.security_profile == FAPI2 else PlainHTTP.REFUSED


class ProtectionOptions(Protocol):
    """The options that are read here. Their help is in `hub.options`."""

    security_profile: str
    enable_par: bool
    enable_pkce: bool
    enable_dpop: bool
    response_mode: str
    scope: list[str]
    id_token_signed_response_alg: set[str]


@dataclass(frozen=True, slots=True)
class Protections:
    """What logins do. Code asks this, and not the options, which do not know about the profile.

    Attributes
    ----------
    pushes_requests:
        Whether authorization requests are pushed (RFC 9126), although the provider may not demand it.
    uses_pkce:
        Whether codes are bound to the browser (RFC 7636).
    uses_dpop:
        Whether tokens are bound to a key of the login (RFC 9449).
    demands_issuer:
        Whether a response must name the issuer, although the provider may not announce it (RFC 9207).
    signed_responses:
        Whether the provider sends authorization responses as signed JWTs (JARM).
    algorithms:
        The signature algorithms that are accepted for ID tokens, logout tokens and authorization responses.
    fapi2:
        What the FAPI 2.0 Security Profile needs of the provider; None without this profile.
    """

    pushes_requests: bool
    uses_pkce: bool
    uses_dpop: bool
    demands_issuer: bool
    signed_responses: bool
    algorithms: frozenset[str]
    fapi2: Fapi2Client | None = None

    @classmethod
    def of(cls, options: ProtectionOptions, *, has_certificate: bool) -> Protections:
        """The protections by these options. `has_certificate`: whether the client has one for mutual TLS."""
        profile, accepted = options.security_profile, options.id_token_signed_response_alg
        signed_responses = takes_jwt(options.response_mode)
        if profile != FAPI2:
            enabled = options.enable_par, options.enable_pkce, options.enable_dpop
            return cls(*enabled, False, signed_responses, frozenset(accepted))
        uses_dpop = options.enable_dpop or not has_certificate
        algorithms = frozenset(permitted_signatures(profile, sorted(accepted)))
        needed = Fapi2Client(
            uses_dpop=uses_dpop,
            signed_responses=signed_responses,
            id_token_algorithms=algorithms if "openid" in options.scope else frozenset(),
        )
        return cls(True, True, uses_dpop, True, signed_responses, algorithms, needed)
