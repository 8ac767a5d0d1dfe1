"""Start-up checks of an OAuth login: errors and warnings. Each names the option and the fix."""

from __future__ import annotations

from collections.abc import Mapping
from logging import Logger, LoggerAdapter
from typing import Any
from urllib.parse import urlsplit

from ...errors import ConfigurationError
from ...protocol.algorithms import ALGORITHMS
from ...protocol.authorization import PROTECTED_PARAMETERS
from ...protocol.metadata import check_endpoint
from ..options.trait_types import URL
from .override_checks import check_overrides

URL_OPTIONS = (
    "issuer",
    "discovery_url",
    "jwks_url",
    "authorize_url",
    "token_url",
    "userdata_url",
    "validate_token_url",
    "end_session_url",
    "revocation_url",
)
"""The options that are URLs at the provider. Each that is set is checked when the Hub starts."""


_OF_THE_BROWSER = ("authorize_url", "end_session_url", "logout_redirect_url", "oauth_callback_url")
"""The options that are URLs to which the Hub sends browsers, and no requests of its own."""


def requested_urls(authenticator: Any) -> list[str]:
    """The URLs in the options to which the Hub sends requests, for the log."""
    names = [name for name, trait in authenticator.traits().items() if isinstance(trait, URL)]
    return [url for name in sorted(names) if name not in _OF_THE_BROWSER and (url := getattr(authenticator, name))]


def check_options(authenticator: Any, name: str) -> None:
    """Refuse options that cannot work together. `name` is the section, such as ``c.GenericOAuthenticator``.

    Raises
    ------
    ConfigurationError
        Naming the option and the fix.
    """
    check_overrides(authenticator)
    _check_client(authenticator, name)
    _check_user_data(authenticator, name)
    unknown = set(authenticator.id_token_signed_response_alg) - ALGORITHMS.keys()
    if unknown or not authenticator.id_token_signed_response_alg:
        raise ConfigurationError(
            f"{name}.id_token_signed_response_alg must name one or more of {', '.join(sorted(ALGORITHMS))}"
        )
    replaced = PROTECTED_PARAMETERS & authenticator.extra_authorize_params.keys()
    if replaced:
        raise ConfigurationError(f"{name}.extra_authorize_params may not replace {', '.join(sorted(replaced))}")
    given = authenticator._find_my_config(authenticator.config)
    for option, reason in authenticator.options_without_meaning().items():
        if option in given:
            raise ConfigurationError(f"{name}.{option} has no meaning here: {reason}. Remove it")
    for option in URL_OPTIONS:
        if url := getattr(authenticator, option):
            check_endpoint(url, f"{name}.{option}", allow_http=authenticator.allow_insecure_http)
    authenticator.check_endpoints_known(name)
    _check_logout(authenticator, name)


def _check_client(authenticator: Any, name: str) -> None:
    if not authenticator.client_id:
        variables = " or ".join(filter(None, (authenticator.client_id_env, "OAUTH_CLIENT_ID")))
        raise ConfigurationError(f"{name}.client_id is not set (nor is the environment variable {variables})")
    if authenticator.client_secret and authenticator.client_secret_file:
        raise ConfigurationError(f"set {name}.client_secret or {name}.client_secret_file, not both")
    authenticator.current_client_secret()


def _check_user_data(authenticator: Any, name: str) -> None:
    if authenticator.collect_emails and not authenticator.enable_auth_state:
        raise ConfigurationError(
            f"{name}.collect_emails is set, but no auth_state is stored: set {name}.enable_auth_state = True as well"
        )
    if authenticator.userdata_from_id_token and authenticator.userdata_url:
        raise ConfigurationError(f"set {name}.userdata_from_id_token or {name}.userdata_url, not both")
    if authenticator.userdata_token_method not in ("header", "url"):
        raise ConfigurationError(f"{name}.userdata_token_method must be 'header' or 'url'")
    if not set(authenticator.allowed_scopes) <= set(authenticator.scope):
        raise ConfigurationError(f"{name}.allowed_scopes holds scopes that {name}.scope does not ask for")


def check_endpoints(authenticator: Any, name: str) -> None:
    """Refuse to start when the endpoints are neither set nor discoverable.

    Raises
    ------
    ConfigurationError
        Naming the missing option.
    """
    if authenticator.issuer:
        return
    for option in ("authorize_url", "token_url"):
        if not getattr(authenticator, option):
            raise ConfigurationError(f"set {name}.issuer, or {name}.{option} for a provider without discovery")
    if not authenticator.userdata_url and not authenticator.userdata_from_id_token:
        raise ConfigurationError(f"set {name}.userdata_url, or {name}.userdata_from_id_token = True")


def _check_logout(authenticator: Any, name: str) -> None:
    for option, url in (
        ("rp_initiated_logout", "end_session_url"),
        ("revoke_tokens_on_logout", "revocation_url"),
        ("backchannel_logout", "issuer"),
        ("frontchannel_logout", "issuer"),
    ):
        if not getattr(authenticator, option):
            continue
        if not getattr(authenticator, url) and (url == "issuer" or not authenticator.connection.issuer.has_discovery):
            raise ConfigurationError(f"{name}.{option} needs {name}.{url}")
        if option != "rp_initiated_logout" and not authenticator.enable_auth_state:
            # tokens, and the provider's names for users and sessions, are stored only there
            raise ConfigurationError(f"{name}.{option} needs {name}.enable_auth_state = True")


def warn_of_dangers(authenticator: Any, name: str, log: Logger | LoggerAdapter[Any]) -> None:
    """Log a warning for each option that weakens a login, and for what an operator may not expect."""
    if authenticator.allow_insecure_http:
        log.warning("%s.allow_insecure_http: secrets and tokens may cross the network unencrypted.", name)
    if not authenticator.enable_pkce:
        log.warning("%s.enable_pkce is off: a stolen authorization code can be used by another browser.", name)
    if authenticator.userdata_token_method == "url":
        log.warning("%s.userdata_token_method = 'url': access tokens appear in the logs of proxies on the way.", name)
    callback = urlsplit(authenticator.oauth_callback_url)
    if callback.scheme == "http" and callback.hostname not in ("localhost", "127.0.0.1"):
        log.warning("%s.oauth_callback_url begins with http: authorization codes cross the network unencrypted.", name)
    _warn_of_missing_scopes(authenticator, authenticator.scopes_for, name, log)
    if "openid" in authenticator.scope and not authenticator.connection.issuer.can_verify:
        log.warning(
            "%s: the signatures of ID tokens are not verified; only the TLS connection protects them. "
            "Set %s.issuer to the provider's issuer identifier to have them verified.",
            name,
            name,
        )
    if not authenticator.enable_auth_state:
        log.info(
            "%s.enable_auth_state is off: the provider is not asked again about signed-in users (groups, blocks at the "
            "provider), and any user who signs in under an account's name gets that account.",
            name,
        )


def _warn_of_missing_scopes(
    authenticator: Any, scopes_for: Mapping[str, tuple[str, ...]], name: str, log: Logger | LoggerAdapter[Any]
) -> None:
    for option, scopes in scopes_for.items():
        if getattr(authenticator, option) and not set(scopes) & set(authenticator.scope):
            log.warning(
                "%s.%s needs the scope %s, and %s.scope does not ask for it: no user will match.",
                name,
                option,
                " or ".join(scopes),
                name,
            )
