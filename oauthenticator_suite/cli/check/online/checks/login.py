"""Whether the provider accepts this Hub: its authorization requests, its credentials, and the other endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .....errors import (
    ClientRefused,
    ConfigurationError,
    InvalidGrant,
    SuiteError,
    TokenResponseError,
    TransportError,
)
from .....hub.findings.finding import ERROR, INFO, WARNING, Check, Problem, check
from .....protocol.text import quoted
from ..authorization import ACCEPTS, NO_OBJECTION, REFUSES, SAYS_NOTHING, PageReading
from ..facts import Facts

_CREDENTIAL_OPTIONS = (
    "client_secret",
    "client_assertion_file",
    "client_key_file",
    "client_certificate_file",
    "client_secret_file",
)


def credential_option(authenticator: Any) -> str:
    """The option with the client's credential, for a problem about it: `client_secret` if there is none."""
    return next((name for name in _CREDENTIAL_OPTIONS if getattr(authenticator, name)), "client_secret")


def refusal_of(facts: Facts, question: str) -> str:
    """Why the provider has refused a question; an empty string if it has not, or could not be asked."""
    error = facts.error(question)
    if not isinstance(error, SuiteError) or isinstance(error, (TransportError, ConfigurationError)):
        return ""
    return error.detail.rstrip(".")


def _verdict(facts: Facts) -> PageReading | None:
    value = facts.value("authorization")
    return value if isinstance(value, PageReading) else None


# --- authorization requests ------------------------------------------------------------------------------------------


@check(
    "authorization-refused",
    ERROR,
    "The provider refuses the Hub's authorization request: it does not know the client, the redirect URI is not "
    "registered, or a scope is not allowed.",
    "Register the redirect URI in the message at the provider, character by character, or correct `client_id` or "
    "`scope`.",
    stage="online",
)
def authorization_refused(facts: Facts) -> Iterator[Problem]:
    """Every user would see the provider's error page."""
    verdict = _verdict(facts)
    if verdict is None or verdict.kind != REFUSES:
        return
    sent = f" (the redirect URI was {quoted(facts.redirect_uri)})"
    if verdict.option == "oauth_callback_url":
        option = "oauth_callback_url" if facts.authenticator.oauth_callback_url else "c.JupyterHub.public_url"
        yield Problem(option, f"leads to a redirect URI that the provider refuses: {verdict.detail}{sent}")
    elif verdict.option and facts.authenticator.has_trait(verdict.option):
        yield Problem(verdict.option, f"is refused by the provider's authorization endpoint: {verdict.detail}")
    else:
        yield Problem("", f"The provider refuses the authorization request: {verdict.detail}{sent}")


@check(
    "authorization-unknown",
    WARNING,
    "The response to the Hub's authorization request says neither yes nor no.",
    "Begin a login in a browser. Some providers refuse requests that do not come from a browser.",
    stage="online",
)
def authorization_unknown(facts: Facts) -> Iterator[Problem]:
    """The page may be behind a protection against programs."""
    verdict = _verdict(facts)
    if verdict is not None and verdict.kind == SAYS_NOTHING:
        yield Problem("", f"It is not known whether the provider accepts the authorization request: {verdict.detail}")


@check(
    "authorization-answered",
    INFO,
    "The provider accepts the Hub's authorization request, or has no objection until it knows the user.",
    "Sign in once: only the login of a user is a complete test.",
    stage="online",
)
def authorization_answered(facts: Facts) -> Iterator[Problem]:
    """Two answers, and the difference between them."""
    verdict = _verdict(facts)
    if verdict is not None and verdict.kind == ACCEPTS:
        scopes = "the scopes" if not verdict.code else "has no objection to the scopes"
        yield Problem("", f"The provider accepts the client and the redirect URI, and {scopes}: {verdict.detail}")
    if verdict is not None and verdict.kind == NO_OBJECTION:
        yield Problem("", f"The provider has no objection to the authorization request so far: {verdict.detail}")


# --- credentials -----------------------------------------------------------------------------------------------------


@check(
    "client-refused",
    ERROR,
    "The token endpoint refuses the Hub's credentials.",
    "Correct `client_id`, `client_secret` (or what takes its place) or `client_auth_method`. A secret may also have "
    "expired at the provider. If the provider reads the Hub's key from `jwks_uri`, the Hub must be running.",
    stage="online",
)
def client_refused(facts: Facts) -> Iterator[Problem]:
    """RFC 6749 §5.2: invalid_client, unauthorized_client."""
    error = facts.error("token")
    if isinstance(error, ClientRefused):
        option = credential_option(facts.authenticator)
        yield Problem(option, f"or client_id is refused by the token endpoint: {error.detail.rstrip('.')}")


@check(
    "client-unknown",
    WARNING,
    "The token endpoint's response does not say whether it accepts the Hub's credentials.",
    "Begin a login. If it fails, the log says why.",
    stage="online",
)
def client_unknown(facts: Facts) -> Iterator[Problem]:
    """Any other error than `invalid_grant` and those about the client."""
    error = facts.error("token")
    if isinstance(error, TokenResponseError) and not isinstance(error, (ClientRefused, InvalidGrant)):
        yield Problem("", f"It is not known whether the token endpoint accepts the client: {error.detail.rstrip('.')}")


@check(
    "client-answered",
    INFO,
    "The token endpoint refuses the invalid code, and does not object to the Hub's credentials.",
    "Sign in once: a provider that checks the code before the credentials would answer the same.",
    stage="online",
)
def client_answered(facts: Facts) -> Iterator[Problem]:
    """`invalid_grant`, which a provider sends when it has authenticated the client (RFC 6749 §5.2)."""
    if isinstance(facts.error("token"), InvalidGrant):
        yield Problem("", "The token endpoint does not object to the client's credentials: it refuses only the code")


# --- other endpoints -------------------------------------------------------------------------------------------------


@check(
    "userdata-missing",
    WARNING,
    "The endpoint with the user's data does not exist.",
    "Correct `userdata_url`, or the option from which it follows, such as `github_api`.",
    stage="online",
)
def userdata_missing(facts: Facts) -> Iterator[Problem]:
    """Without a token, 401 and 403 are good answers."""
    if facts.value("userdata") in (404, 410):
        yield Problem("userdata_url", f"answers HTTP {facts.value('userdata')} to a request without a token")


@check(
    "revocation-refused",
    WARNING,
    "`revoke_tokens_on_logout` is set, and the provider refuses the revocation of a token.",
    "Allow revocation for this client at the provider, or remove the option.",
    stage="online",
)
def revocation_refused(facts: Facts) -> Iterator[Problem]:
    """RFC 7009 §2.2: an unknown token causes no error."""
    if refusal := refusal_of(facts, "revocation"):
        yield Problem("revoke_tokens_on_logout", f"is set, and the provider refuses: {refusal}")


LOGIN_ONLINE_CHECKS: tuple[Check, ...] = (
    authorization_refused,
    authorization_unknown,
    authorization_answered,
    client_refused,
    client_unknown,
    client_answered,
    userdata_missing,
    revocation_refused,
)
"""The checks of what a login will send."""
