"""Start-up checks of the options on signed and encrypted responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import ConfigurationError
from ...protocol.algorithms import ALGORITHMS, ASYMMETRIC_ALGORITHMS
from ...protocol.encryption import KEY_ALGORITHMS, OLDER_KEY_ALGORITHMS
from ...protocol.urls import PlainHTTP, check_endpoint
from ..findings.finding import ERROR, Check, Problem, check, section
from .security_profile import plain_http_of

_OF_A_SOURCE = {"jwks_url", "claims", "hosts"}
_ENCRYPTED = ("id_token_encrypted_response_alg", "userinfo_encrypted_response_alg")


@check(
    "encryption",
    ERROR,
    "The file of `client_decryption_key_file` cannot be used, or encryption is demanded without it or by an unknown "
    "algorithm.",
    "Correct the path or the file, or name one or more of the algorithms in the message.",
)
def encryption(authenticator: Any) -> Iterator[Problem]:
    """Otherwise every login would fail."""
    known = KEY_ALGORITHMS | OLDER_KEY_ALGORITHMS
    keys = authenticator.connection.encrypted.keys()
    for option in _ENCRYPTED:
        demanded = set(getattr(authenticator, option))
        if demanded - known:
            yield Problem(option, f"names an unknown algorithm; known: {', '.join(sorted(known))}", "Correct it")
        if demanded and not keys:
            fix = f"Set {section(authenticator)}.client_decryption_key_file, or remove the option"
            yield Problem(option, "demands encryption, and no key can decrypt", fix)


@check(
    "userinfo-signature",
    ERROR,
    "`userinfo_signed_response_alg` names an unknown algorithm, or signatures cannot be verified.",
    "Name one or more of the algorithms in the message, and set `issuer`.",
)
def userinfo_signature(authenticator: Any) -> Iterator[Problem]:
    """Otherwise every login would fail."""
    demanded = set(authenticator.userinfo_signed_response_alg)
    option = "userinfo_signed_response_alg"
    if demanded - ALGORITHMS.keys():
        known = ", ".join(sorted(ASYMMETRIC_ALGORITHMS))
        yield Problem(option, f"names an unknown algorithm; known: {known}", "Correct it")
    if demanded and not authenticator.connection.issuer.can_verify:
        yield Problem(option, "demands signatures, and no keys are known", "Set issuer or jwks_url")
    if demanded and authenticator.userdata_from_id_token:
        yield Problem(option, "has no effect with userdata_from_id_token", "Remove one of them")


@check(
    "claim-source-issuers",
    ERROR,
    "`claim_source_issuers` is not a dict of issuers, each with `jwks_url` and `claims`, and if needed `hosts`.",
    "Correct the entry in the message.",
)
def claim_source_issuers(authenticator: Any) -> Iterator[Problem]:
    """A typing error must not let an issuer state other claims, or be asked at another host."""
    for issuer, settings in authenticator.claim_source_issuers.items():
        for wrong in _wrong_in_source(issuer, settings, plain_http_of(authenticator)):
            yield Problem("claim_source_issuers", f"has an entry {issuer!a:.100} {wrong}", "Correct it")


def _wrong_in_source(issuer: Any, settings: Any, plain_http: PlainHTTP) -> Iterator[str]:
    if not isinstance(settings, dict) or not {"jwks_url", "claims"} <= settings.keys() <= _OF_A_SOURCE:
        yield "that is not a dict with jwks_url and claims, and if needed hosts"
        return
    for url in (issuer, settings["jwks_url"]):
        try:
            check_endpoint(url, "with a URL that", plain_http)
        except ConfigurationError as error:
            yield error.detail
    for name in ("claims", "hosts"):
        names = settings.get(name, ["left out"])
        if not isinstance(names, (list, tuple, set)) or not names or not all(isinstance(one, str) for one in names):
            yield f"whose {name} are not a list of names"


ENCRYPTION_CHECKS: tuple[Check, ...] = (encryption, userinfo_signature, claim_source_issuers)
"""The checks in this module."""
