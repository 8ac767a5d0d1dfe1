"""Start-up checks of the options under `security_profile`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import ConfigurationError
from ...protocol.fapi2 import FAPI2, METADATA_OPTIONS, OPTION_RULES, certificate_problem, forbidden_options
from ..findings.finding import ERROR, Check, Problem, check
from .callback_url import known_callback_url
from .credential_checks import from_environment

_CHANGED = ("enable_par", "enable_dpop", "id_token_signed_response_alg")
"""The options that the profile changes where the operator has not set them."""


@check(
    "security-profile",
    ERROR,
    "`security_profile` is set, and another option has a value that the profile forbids, or one that it demands is "
    "missing.",
    "Follow the message about the option.",
)
def security_profile(authenticator: Any) -> Iterator[Problem]:
    """FAPI 2.0 Security Profile §5.3.3 and §5.4."""
    if authenticator.security_profile != FAPI2:
        return
    connection = authenticator.connection
    has_certificate = connection.authentication.has_certificate
    values = _values(authenticator)
    for option, reason, fix in forbidden_options(values, has_certificate=has_certificate):
        if option == "client_secret" and option in from_environment(authenticator):
            fix = 'It comes from the environment: set the option to "" in the configuration, or remove the variable'
        yield Problem(option, reason, fix)
    if not connection.protections.algorithms and not values["id_token_signed_response_alg"]:
        fix = "Set it to those of PS256, ES256 and EdDSA that the provider uses"
        yield Problem("id_token_signed_response_alg", "is by default none of those that the profile allows", fix)
    if authenticator.declared_url("assertion_audience"):
        reason = f"is {FAPI2!r}, and this class signs assertions for another audience than the issuer"
        yield Problem("security_profile", reason, "Remove it: the provider does not have this profile")
    for problem in map(certificate_problem, connection.certificates.own()):
        if problem:
            yield Problem(connection.certificates.option, problem, "Use a certificate with a longer key")
    if authenticator.client_key_file:
        try:
            connection.keys.public_set()
        except ConfigurationError:
            return  # the check `client-key` reports it
        connection.keys.signing_keys()


def _values(authenticator: Any) -> dict[str, Any]:
    """The values of the options about which the profile says something."""
    given = authenticator._find_my_config(authenticator.config)
    values = {
        option: getattr(authenticator, option)
        for option in (*(rule.option for rule in OPTION_RULES), "client_key_file", "enable_dpop")
    }
    values |= {option: authenticator.configured_url(option) for option in METADATA_OPTIONS}
    values |= {
        option: None if option.startswith("enable_") else frozenset() for option in _CHANGED if option not in given
    }
    values["oauth_callback_url"] = known_callback_url(authenticator)
    return values


SECURITY_PROFILE_CHECKS: tuple[Check, ...] = (security_profile,)
"""The checks in this module."""
