"""Start-up checks of the client's keys, and of the token and the method by which it authenticates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...errors import ConfigurationError
from ...protocol.client import TLS_METHODS
from ...protocol.client_assertion import MIN_ASSERTION_SECRET
from ..findings.finding import ERROR, INFO, WARNING, Check, Problem, check, section
from .client_certificates import RENEW_CERTIFICATE


@check(
    "client-key",
    ERROR,
    "The file of `client_key_file` cannot be read, or has no private key that can be used.",
    "Correct the path, or make a file: `oauthenticator-suite client-key FILE`.",
)
def client_key(authenticator: Any) -> Iterator[Problem]:
    """No request could be signed."""
    if authenticator.client_key_file:
        authenticator.connection.keys.public_set()
    yield from ()


@check(
    "client-assertion-file",
    ERROR,
    "The file of `client_assertion_file` cannot be read, or does not hold a signed token.",
    "Correct the path, or mount the token: see the platform's documentation.",
)
def client_assertion_file(authenticator: Any) -> Iterator[Problem]:
    """No token request could be sent. That the token has expired is another finding: it may be renewed soon."""
    if authenticator.client_assertion_file:
        authenticator.connection.authentication.federated_token(now=-math.inf)
    yield from ()


@check(
    "client-assertion-expired",
    WARNING,
    "The token in the file of `client_assertion_file` has expired.",
    "Find out why the platform no longer renews the file.",
)
def client_assertion_expired(authenticator: Any) -> Iterator[Problem]:
    """No user can sign in until the file has a new token."""
    if not authenticator.client_assertion_file:
        return
    try:
        authenticator.connection.authentication.federated_token(now=-math.inf)
    except ConfigurationError:
        return  # the check `client-assertion-file` reports it
    try:
        authenticator.connection.authentication.federated_token()
    except ConfigurationError as error:
        yield Problem("client_assertion_file", f"cannot be used: {error.detail}")


@check(
    "client-auth-method",
    ERROR,
    "`client_auth_method` needs an option that is not set, or excludes another option that is set.",
    "Set the option that the message names, or change `client_auth_method`.",
)
def client_auth_method(authenticator: Any) -> Iterator[Problem]:
    """No token request could be sent, or not as the operator expects."""
    method, name = authenticator.client_auth_method, section(authenticator)
    authentication = authenticator.connection.authentication
    if method == "private_key_jwt" and "private_key_jwt" not in authentication.usable:
        yield Problem("client_auth_method", f"= 'private_key_jwt' needs {name}.client_key_file", "Set it")
    if method == "client_secret_jwt" and not authentication.has_secret:
        yield Problem("client_auth_method", f"= 'client_secret_jwt' needs {name}.client_secret", "Set it")
    if method in TLS_METHODS and not authentication.has_certificate:
        yield Problem("client_auth_method", f"= {method!r} needs {name}.client_certificate_file", "Set it")
    if authenticator.client_assertion_file and authentication.chosen != "private_key_jwt":
        reason = f"is set, and the client authenticates by {authentication.chosen}"
        yield Problem("client_assertion_file", reason, "Remove one of them")


@check(
    "client-cannot-sign",
    ERROR,
    "The keys of `client_key_file` may not sign, or `client_secret` is too short to sign, and the client has to.",
    "Use a key without the use `enc`, or a secret of at least 32 bytes.",
)
def client_cannot_sign(authenticator: Any) -> Iterator[Problem]:
    """No token request, or no authorization request, could be sent."""
    connection = authenticator.connection
    method = connection.authentication.method(None)
    signs = method == "private_key_jwt" and not authenticator.client_assertion_file
    if authenticator.client_key_file and (signs or authenticator.request_object):
        try:
            if not any(key["use"] == "sig" for key in connection.keys.public_set()["keys"]):
                yield Problem("client_key_file", "has no key that may sign: its keys have the use 'enc'")
        except ConfigurationError:
            pass  # the check `client-key` reports it
    secret = connection.client_secret() if method == "client_secret_jwt" else ""
    if secret and len(secret.encode()) < MIN_ASSERTION_SECRET:
        yield Problem("client_secret", f"has fewer than {MIN_ASSERTION_SECRET} bytes, too few for 'client_secret_jwt'")


@check(
    "client-key-and-secret",
    INFO,
    "`client_key_file` is set together with a client secret, and `client_auth_method` does not say which of them "
    "authenticates the client. The secret does where the provider offers that.",
    "Remove the secret, or set `client_auth_method` to `private_key_jwt`.",
)
def client_key_and_secret(authenticator: Any) -> Iterator[Problem]:
    """The key may be meant for other purposes. With `security_profile`, another check names the secret."""
    connection = authenticator.connection
    authentication = connection.authentication
    is_open = authentication.has_secret and not authentication.chosen and connection.protections.fapi2 is None
    if authenticator.client_key_file and is_open:
        yield Problem("client_key_file", "is set together with a client secret, which is used where it can be")


@check(
    "client-certificate",
    ERROR,
    "`client_certificate_file` is set together with `client_cert` in `http_request_kwargs`, or "
    "`client_certificate_key_file` is set without it.",
    "Set `client_certificate_file`, and `client_certificate_key_file` if the key is in another file.",
)
def client_certificate(authenticator: Any) -> Iterator[Problem]:
    """Which certificate is meant. That the files can be used is checked where the HTTP client is made."""
    others = sorted({"client_cert", "client_key"} & authenticator.http_request_kwargs.keys())
    if authenticator.client_certificate_file and others:
        name = section(authenticator)
        yield Problem(
            "client_certificate_file",
            f"and {', '.join(others)} of {name}.http_request_kwargs are set",
            f"Use {name}.client_certificate_file and {name}.client_certificate_key_file alone",
        )
    if authenticator.client_certificate_key_file and not authenticator.client_certificate_file:
        yield Problem("client_certificate_key_file", "is set without client_certificate_file", "Set both")


@check(
    "client-certificate-expires",
    WARNING,
    "A certificate of this client expires within 30 days, or has expired.",
    "Renew it. The Hub uses the renewed file without a restart.",
)
def client_certificate_expires(authenticator: Any) -> Iterator[Problem]:
    """After that, the provider refuses every login."""
    for each in authenticator.connection.certificates.endings():
        yield Problem(each.option, each.sentence, RENEW_CERTIFICATE)


CLIENT_KEY_CHECKS: tuple[Check, ...] = (
    client_key,
    client_assertion_file,
    client_assertion_expired,
    client_auth_method,
    client_cannot_sign,
    client_key_and_secret,
    client_certificate,
    client_certificate_expires,
)
"""The checks of the client's keys and its authentication, for every OAuth login."""
