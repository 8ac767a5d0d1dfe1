"""Options that protect logins and tokens, compared with what the provider's metadata offer."""

from __future__ import annotations

from collections.abc import Iterator

from .....hub.findings.finding import INFO, WARNING, Check, Problem, check
from .....protocol.client import TLS_METHODS
from .....protocol.metadata_values import listed
from .....protocol.text import for_log
from ..facts import Facts
from .login import refusal_of
from .offers import named, offered, unlisted_values

_TOKENS = (
    ("id_token_encrypted_response_alg", "id_token_encryption_alg_values_supported"),
    ("userinfo_encrypted_response_alg", "userinfo_encryption_alg_values_supported"),
    ("userinfo_signed_response_alg", "userinfo_signing_alg_values_supported"),
)


@check(
    "token-protection-not-offered",
    WARNING,
    "An option demands signed or encrypted tokens or userinfo responses, and the provider's metadata name none of its "
    "algorithms.",
    "Switch it on at the provider for this client, or remove the option. Without it every login is refused.",
    stage="online",
)
def token_protection_not_offered(facts: Facts) -> Iterator[Problem]:
    """OpenID Connect Discovery 1.0 §3: without a list, the provider does not do it."""
    for option, member in _TOKENS:
        demanded = sorted(getattr(facts.authenticator, option))
        algorithms = offered(facts, member) or ()
        if facts.document and demanded and set(demanded).isdisjoint(algorithms):
            yield Problem(option, f"demands {listed(demanded)}, and {named(facts, member)}")


@check(
    "certificate-not-bound",
    INFO,
    "The client has a certificate, and the provider's metadata do not say that it binds tokens to it.",
    "Enable certificate-bound access tokens at the provider, so that stolen tokens are useless without the key.",
    stage="online",
)
def certificate_not_bound(facts: Facts) -> Iterator[Problem]:
    """RFC 8705 §3.3: ``tls_client_certificate_bound_access_tokens`` is false unless it is there."""
    if not facts.document or not facts.authenticator.connection.authentication.has_certificate:
        return
    if facts.document.get("tls_client_certificate_bound_access_tokens") is not True:
        yield Problem("", "The provider's metadata do not say that tokens are bound to the client's certificate")


@check(
    "certificate-endpoints",
    WARNING,
    "The client authenticates with its certificate, and the provider's metadata name no endpoints of their own for "
    "that.",
    "Make sure that the token endpoint asks for client certificates. If it does, nothing is missing.",
    stage="online",
)
def certificate_endpoints(facts: Facts) -> Iterator[Problem]:
    """RFC 8705 §5: ``mtls_endpoint_aliases``, which a provider without other clients may leave out."""
    methods = offered(facts, "token_endpoint_auth_methods_supported") or ()
    method = facts.authenticator.connection.authentication.method_among(methods)
    if not facts.document or method not in TLS_METHODS or facts.document.get("mtls_endpoint_aliases"):
        return
    if set(methods) - set(TLS_METHODS):  # other clients have no certificate, at the same endpoint
        yield Problem(
            "", "The provider's metadata have no mtls_endpoint_aliases, and it has clients without certificates"
        )


@check(
    "resource-not-listed",
    INFO,
    "The provider's metadata do not name a service in `resources`. Such lists may be incomplete.",
    "Check the spelling, and that the provider issues tokens for it to this client.",
    stage="online",
)
def resource_not_listed(facts: Facts) -> Iterator[Problem]:
    """RFC 9728 §4: ``protected_resources``."""
    return unlisted_values(facts, "resources", "protected_resources")


@check(
    "introspection-refused",
    WARNING,
    "The provider does not answer this Hub's question whether a token is active, at `introspection_url`.",
    "Allow introspection for this client at the provider, or remove the option: refreshes fail until then.",
    stage="online",
)
def introspection_refused(facts: Facts) -> Iterator[Problem]:
    """RFC 7662 §2.2: an unknown token is inactive, and no error."""
    if refusal := refusal_of(facts, "introspection"):
        yield Problem("introspection_url", f"is set, and the provider refuses: {refusal}")
    elif facts.value("introspection"):
        yield Problem("introspection_url", "answers that a random text is an active token")


@check(
    "protections-offered",
    INFO,
    "What the provider's metadata say of protections, and the option for each.",
    "Set the options that the provider supports: the page on strict providers has the consequences of each.",
    stage="online",
)
def protections_offered(facts: Facts) -> Iterator[Problem]:
    """One line, of what is offered. A provider that offers none has no line."""
    if not facts.document:
        return
    says = facts.document.get
    methods = set(offered(facts, "token_endpoint_auth_methods_supported") or ())
    modes = set(offered(facts, "response_modes_supported") or ())
    found = {
        "pushed authorization requests (enable_par)": says("pushed_authorization_request_endpoint"),
        "signed requests (request_object)": says("request_parameter_supported") is True,
        "signed responses (response_mode)": modes & {"jwt", "form_post.jwt"},
        "responses as a form (response_mode)": "form_post" in modes,
        "keys in place of secrets (client_key_file)": "private_key_jwt" in methods,
        "client certificates (client_certificate_file)": methods & set(TLS_METHODS),
        "tokens bound to a key (enable_dpop)": "ES256" in (offered(facts, "dpop_signing_alg_values_supported") or ()),
        "encrypted ID tokens (id_token_encrypted_response_alg)": offered(facts, _TOKENS[0][1]),
        "encrypted userinfo (userinfo_encrypted_response_alg)": offered(facts, _TOKENS[1][1]),
        "signed userinfo (userinfo_signed_response_alg)": offered(facts, _TOKENS[2][1]),
        "authentication contexts (acr_values)": offered(facts, "acr_values_supported"),
        "token introspection (introspection_url)": says("introspection_endpoint"),
        "registration (oauthenticator-suite register)": says("registration_endpoint"),
    }
    names = [name for name, is_offered in found.items() if is_offered]
    if names:
        yield Problem("", f"The provider's metadata offer, with the option for each: {for_log('; '.join(names), 2000)}")


PROTECTION_ONLINE_CHECKS: tuple[Check, ...] = (
    token_protection_not_offered,
    certificate_endpoints,
    certificate_not_bound,
    resource_not_listed,
    introspection_refused,
    protections_offered,
)
"""The comparison of the options on protections with the metadata."""
