"""What the provider's metadata offer, compared with the options."""

from __future__ import annotations

from collections.abc import Iterator

from .....hub.findings.finding import INFO, WARNING, Check, Problem, check
from .....protocol.metadata_values import listed
from .....protocol.text import for_log
from ..facts import Facts
from .offers import lacking, named, offered, unlisted_values


@check(
    "client-auth-not-offered",
    WARNING,
    "The provider's metadata do not name the method by which the Hub authenticates (`client_auth_method`, "
    "`basic_auth`).",
    "Set `client_auth_method` to one that the provider names, or remove it. Metadata can be incomplete.",
    stage="online",
)
def client_auth_not_offered(facts: Facts) -> Iterator[Problem]:
    """Without a list, the provider has client_secret_basic alone (OpenID Connect Discovery 1.0 §3)."""
    authenticator = facts.authenticator
    methods = offered(facts, "token_endpoint_auth_methods_supported")
    method = authenticator.connection.authentication.named
    if methods is not None and method and method not in methods:
        option = "client_auth_method" if authenticator.client_auth_method else "basic_auth"
        yield Problem(option, f"stands for {method}, and {named(facts, 'token_endpoint_auth_methods_supported')}")


@check(
    "response-mode-not-offered",
    WARNING,
    "The provider's metadata do not name the response mode `query`, by which it answers authorization requests.",
    "Allow it at the provider, or set `response_mode` to one that it names.",
    stage="online",
)
def response_mode_not_offered(facts: Facts) -> Iterator[Problem]:
    """RFC 8414 §2: without a list, query and fragment are supported."""
    modes = offered(facts, "response_modes_supported")
    if modes is not None and not facts.authenticator.response_mode and "query" not in modes:
        yield Problem("", f"The provider's metadata name the response modes {listed(modes)}, and the Hub needs query")


@check(
    "pkce-not-announced",
    INFO,
    "The provider's metadata do not say that it supports PKCE.",
    "Leave `enable_pkce` on. Most providers without PKCE ignore it.",
    stage="online",
)
def pkce_not_announced(facts: Facts) -> Iterator[Problem]:
    """RFC 8414 §2: without a list, the provider does not support PKCE."""
    sends = facts.authenticator.connection.protections.uses_pkce
    if facts.document and sends and not offered(facts, "code_challenge_methods_supported"):
        yield Problem("", "The provider's metadata do not say whether it supports PKCE. The Hub sends it")


@check(
    "scope-not-listed",
    INFO,
    "The provider's metadata do not name a scope in `scope`. Such lists may be incomplete.",
    "Check the spelling of the scope, and that the provider allows it for this client.",
    stage="online",
)
def scope_not_listed(facts: Facts) -> Iterator[Problem]:
    """RFC 8414 §2: a server may leave scopes out of the list."""
    return unlisted_values(facts, "scope", "scopes_supported")


@check(
    "claim-not-listed",
    INFO,
    "The provider's metadata do not name the claim in `username_claim`. Such lists may be incomplete.",
    "Check the spelling of the claim, and that the provider sends it to this client.",
    stage="online",
)
def claim_not_listed(facts: Facts) -> Iterator[Problem]:
    """OpenID Connect Discovery 1.0 §3: the list need not be complete."""
    claims, wanted = offered(facts, "claims_supported"), facts.authenticator.username_claim
    if not claims or not isinstance(wanted, str) or not wanted:
        return
    if {wanted, wanted.partition(".")[0]}.isdisjoint(claims):
        yield Problem("username_claim", f"is {for_log(wanted, 80)!r}, and {named(facts, 'claims_supported')}")


@check(
    "prompt-not-offered",
    WARNING,
    "The provider's metadata do not name the value of `prompt` that logins send.",
    "Remove it from `extra_authorize_params`, or use one that the provider names.",
    stage="online",
)
def prompt_not_offered(facts: Facts) -> Iterator[Problem]:
    """Initiating User Registration via OpenID Connect 1.0 §5: ``prompt_values_supported``."""
    sent = facts.authenticator.authorize_params().get("prompt", "").split()
    missing = lacking(facts, "prompt_values_supported", sent)
    if missing:
        yield Problem("", f"Logins send prompt={listed(missing)}, and {named(facts, 'prompt_values_supported')}")


@check(
    "acr-not-offered",
    WARNING,
    "The provider's metadata do not name a value of `acr_values` that logins demand.",
    "Correct the value in `acr_values` or `extra_authorize_params`. A login without it is refused.",
    stage="online",
)
def acr_not_offered(facts: Facts) -> Iterator[Problem]:
    """OpenID Connect Discovery 1.0 §3: ``acr_values_supported``."""
    demanded = facts.authenticator.authorize_params().get("acr_values", "").split()
    if demanded and lacking(facts, "acr_values_supported", demanded) == demanded:  # one of them is enough
        yield Problem(
            "acr_values" if facts.authenticator.acr_values else "extra_authorize_params",
            f"demands the acr_values {listed(demanded)}, and {named(facts, 'acr_values_supported')}",
        )


_LOGOUT = (
    ("rp_initiated_logout", "end_session_url", "end_session_endpoint", "a logout page"),
    ("revoke_tokens_on_logout", "revocation_url", "revocation_endpoint", "a revocation endpoint"),
    ("backchannel_logout", "", "backchannel_logout_supported", "back-channel logout"),
    ("frontchannel_logout", "", "frontchannel_logout_supported", "front-channel logout"),
    ("frontchannel_logout", "", "frontchannel_logout_session_supported", "sessions in front-channel logout (sid)"),
)


@check(
    "logout-not-offered",
    WARNING,
    "An option on logout is set, and the provider's metadata do not name what it needs.",
    "Switch it on at the provider, or remove the option.",
    stage="online",
)
def logout_not_offered(facts: Facts) -> Iterator[Problem]:
    """RP-Initiated Logout 1.0 §2.1, RFC 8414 §2, Back-Channel Logout 1.0 §2.1, Front-Channel Logout 1.0 §3."""
    authenticator, seen = facts.authenticator, set()
    for option, url, member, what in _LOGOUT:
        if not facts.document or not getattr(authenticator, option) or option in seen:
            continue
        if not (url and authenticator.configured_url(url)) and not facts.document.get(member):
            seen.add(option)
            yield Problem(option, f"is set, and the provider's metadata do not name {what} ({member})")


@check(
    "provider-offers",
    INFO,
    "What the provider's metadata say that it supports.",
    "Choose options accordingly, such as those on logout.",
    stage="online",
)
def provider_offers(facts: Facts) -> Iterator[Problem]:
    """One line, of what an operator can use."""
    if not facts.document:
        return
    says = facts.document.get
    parts = {
        "PKCE": listed(offered(facts, "code_challenge_methods_supported") or ()),
        "client authentication": listed(offered(facts, "token_endpoint_auth_methods_supported") or ()),
        "response modes": listed(offered(facts, "response_modes_supported") or ()),
        "tokens bound to certificates": _yes(says("tls_client_certificate_bound_access_tokens") is True),
        "issuer in responses (RFC 9207)": _yes(says("authorization_response_iss_parameter_supported") is True),
        "logout page": _yes(bool(says("end_session_endpoint"))),
        "revocation": _yes(bool(says("revocation_endpoint"))),
        "back-channel logout": _yes(says("backchannel_logout_supported") is True),
        "front-channel logout": _yes(says("frontchannel_logout_supported") is True),
    }
    yield Problem("", "The provider's metadata say: " + "; ".join(f"{name}: {value}" for name, value in parts.items()))


def _yes(known: bool) -> str:
    return "yes" if known else "not mentioned"


FEATURE_ONLINE_CHECKS: tuple[Check, ...] = (
    client_auth_not_offered,
    response_mode_not_offered,
    pkce_not_announced,
    scope_not_listed,
    claim_not_listed,
    prompt_not_offered,
    acr_not_offered,
    logout_not_offered,
    provider_offers,
)
"""The comparison of the provider's metadata with the options."""
