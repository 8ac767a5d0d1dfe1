"""The values of labels. Each set is bounded: a value that is not known becomes ``other``.

Values come from the code (reasons, results, requests) or from the configuration (names of providers and of rules). A
username, group, claim, URL or host never becomes a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .... import errors

OTHER = "other"
"""In place of every value that is not known."""

NO_RULE = "no_allow_rule"
"""The rule of a user who is allowed by no rule."""


def snake_case(name: str) -> str:
    """``ProviderTimeout`` → ``provider_timeout``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _errors() -> Iterator[type[errors.SuiteError]]:
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, errors.SuiteError):
            yield value


CANCELLED_BY_USER = "cancelled"
"""The reason of a login that the user has cancelled on the provider's page, or that the provider has refused there."""

_BY_ERROR = {error.__name__: snake_case(error.__name__) for error in _errors() if error is not errors.SuiteError}
_ATTEMPTS = {reason: f"attempt_{reason}" for reason in errors.AttemptError.SENTENCES}

REASONS: tuple[str, ...] = (
    *(reason for name, reason in _BY_ERROR.items() if name != errors.AttemptError.__name__),
    *_ATTEMPTS.values(),
    CANCELLED_BY_USER,
    OTHER,
)
"""Why a login has failed: the classes of `oauthenticator_suite.errors`, in the spelling of Prometheus."""


def reason_of(error: str, code: str) -> str:
    """The value of ``reason`` for a failed login.

    Parameters
    ----------
    error:
        The name of the error's class.
    code:
        The reason within the class; may be empty.
    """
    if error == errors.AttemptError.__name__:
        return _ATTEMPTS.get(code, OTHER)
    if error == errors.AuthorizationResponseError.__name__ and code == "access_denied":  # RFC 6749 §4.1.2.1
        return CANCELLED_BY_USER
    return _BY_ERROR.get(error, OTHER)


_RULES = {
    "no allow rule matches": NO_RULE,
    "Unix user": "unix_user",
    "kind is user": "kind_is_user",
    **{
        name: name
        for name in ("authenticate", "check_account", "check_allowed", "check_blocked_users", "email_verified")
    },
    **{name: name for name in ("provider", "unknown")},
}
"""Rules of this package that are no options."""


def rule_of(rule: str, configured: frozenset[str]) -> str:
    """The value of ``rule``.

    Parameters
    ----------
    rule:
        The rule, as a fact has it.
    configured:
        The names of the authenticator's options, and of the rules that it has.
    """
    known = _RULES.get(rule)
    if known is not None:
        return known
    return rule if rule in configured else OTHER


REQUESTS: dict[str, str] = {
    "discovery": "discovery",
    "the document with the endpoints": "discovery",
    "request for the provider's keys": "keys",
    "pushed authorization request": "authorization",
    "token request": "token",
    "request for an access token": "token",
    "request for a request token": "request_token",
    "token request of a service account": "service_account",
    "userinfo request": "userinfo",
    "request for the identity": "userinfo",
    "token validation": "token_validation",
    "token introspection": "introspection",
    "claim source request": "claim_source",
    "token revocation": "revocation",
    "the user's e-mail addresses": "emails",
}
"""The value of ``request`` by the label of a request to a provider."""

MEMBERSHIPS = "memberships"
"""The value of ``request`` for look-ups of groups, organizations, teams and projects."""

_OF_USER = "the user's "
REQUEST_VALUES: tuple[str, ...] = (*dict.fromkeys(REQUESTS.values()), MEMBERSHIPS, OTHER)


def request_of(label: str) -> str:
    """The value of ``request``, for the label of a request."""
    if label in REQUESTS:
        return REQUESTS[label]
    if label.startswith(_OF_USER):  # some labels name an organization of an option
        return MEMBERSHIPS
    return OTHER


CANCELLED = "cancelled"
"""The result of a request that was given up: the user has left, or the Hub stops."""

_RESULTS = {
    errors.ProviderTimeout.__name__: "timeout",
    errors.ProviderUnreachable.__name__: "unreachable",
    errors.AddressRefused.__name__: "unreachable",
    errors.InvalidResponse.__name__: "invalid",
    CANCELLED: CANCELLED,
    "429": "429",
}
_CLASSES = ("2xx", "3xx", "4xx", "5xx")
RESULTS: tuple[str, ...] = (*_CLASSES, *dict.fromkeys(_RESULTS.values()), OTHER)
"""How a request to a provider has ended: the class of the status, or what went wrong."""

DOWN = frozenset({"5xx", "timeout", "unreachable"})
"""Results that say that the provider does not work."""

UNANSWERED: tuple[str, ...] = (*sorted(DOWN), "invalid", "429")
"""Results of requests that got no answer of use."""


def result_of(result: str) -> str:
    """The value of ``result``, for an HTTP status or the name of an error's class."""
    known = _RESULTS.get(result)
    if known is not None:
        return known
    found = f"{result[:1]}xx" if len(result) == 3 and result.isdecimal() else OTHER
    return found if found in _CLASSES else OTHER


def bounded(value: str, values: tuple[str, ...]) -> str:
    """The value, if it is one of `values`; else ``other``. A label whose values are not listed has empty `values`."""
    return value if not values or value in values else OTHER
