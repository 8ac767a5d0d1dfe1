"""Start-up checks of an OAuth login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import ConfigurationError
from ...protocol.algorithms import ALGORITHMS
from ...protocol.authorization import PROTECTED_PARAMETERS
from ...protocol.metadata import check_endpoint
from ..findings.finding import ERROR, WARNING, Check, Problem, check, section
from ..findings.spelling import similar_variable
from ..options.provider import ProviderOptions
from ..options.template import placeholders
from ..options.trait_types import URL
from .override_checks import handler_overrides, overrides
from .protection_checks import PROTECTION_CHECKS
from .security_profile import plain_http_of

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
    "introspection_url",
)
"""The options that are URLs at the provider. Each that is set is checked when the Hub starts."""


_OF_THE_BROWSER = ("authorize_url", "end_session_url", "logout_redirect_url", "oauth_callback_url")
"""The options that are URLs to which the Hub sends browsers, but no requests."""


def requested_urls(authenticator: Any) -> list[str]:
    """The URLs in the options to which the Hub sends requests, for the log."""
    names = [name for name, trait in authenticator.traits().items() if isinstance(trait, URL)]
    return [url for name in sorted(names) if name not in _OF_THE_BROWSER and (url := getattr(authenticator, name))]


@check(
    "browser-logout-revokes",
    ERROR,
    "`revoke_tokens_on_logout` is set together with `logout_scope` `browser`.",
    "Set `logout_scope` to `all`, or remove `revoke_tokens_on_logout`.",
)
def browser_logout_revokes(authenticator: Any) -> Iterator[Problem]:
    """The user's other browsers need the tokens that would be revoked."""
    if authenticator.revoke_tokens_on_logout and authenticator.logout_scope == "browser":
        yield Problem(
            "revoke_tokens_on_logout",
            "would end the user's sessions in other browsers, which logout_scope = 'browser' keeps",
            f"Set {section(authenticator)}.logout_scope = 'all', or remove it",
        )


# --- the client ------------------------------------------------------------------------------------------------------


@check(
    "client-id",
    ERROR,
    "`client_id` is not set.",
    "Set it to the client ID that the provider assigned.",
)
def client_id_missing(authenticator: Any) -> Iterator[Problem]:
    """No provider accepts a request without it."""
    if not authenticator.client_id:
        variables = " or ".join(filter(None, (authenticator.client_id_env, "OAUTH_CLIENT_ID")))
        similar = similar_variable(variables.split(" or "))
        hint = f". {similar} is set: is it meant?" if similar else ""
        yield Problem("client_id", f"is not set (nor is the environment variable {variables}){hint}", "Set one of them")


@check(
    "client-secret",
    ERROR,
    "`client_secret` and `client_secret_file` are both set, or the file cannot be read.",
    "Set one of them, or correct the path.",
)
def client_secret(authenticator: Any) -> Iterator[Problem]:
    """Which secret is meant, and whether the file has one."""
    if authenticator.client_secret and authenticator.client_secret_file:
        name = section(authenticator)
        yield Problem("client_secret", f"and {name}.client_secret_file are set", "Set one of them, not both")
    authenticator.current_client_secret()


# --- what is asked, and what comes back ------------------------------------------------------------------------------


@check(
    "collect-emails-without-auth-state",
    ERROR,
    "`collect_emails` is set without `enable_auth_state`.",
    "Set `enable_auth_state` to True.",
)
def collect_emails_without_auth_state(authenticator: Any) -> Iterator[Problem]:
    """The addresses are stored in `auth_state`."""
    if authenticator.collect_emails and not authenticator.enable_auth_state:
        yield Problem(
            "collect_emails",
            "is set, but no auth_state is stored",
            f"Set {section(authenticator)}.enable_auth_state = True as well",
        )


@check(
    "userdata",
    ERROR,
    "`userdata_from_id_token` and `userdata_url` are both set.",
    "Set one of them, not both.",
)
def two_sources_of_user_data(authenticator: Any) -> Iterator[Problem]:
    """Which of them is meant."""
    if authenticator.userdata_from_id_token and authenticator.configured_url("userdata_url"):
        name = section(authenticator)
        yield Problem("userdata_from_id_token", f"and {name}.userdata_url are set", "Set one of them, not both")


@check(
    "userdata-token-method",
    ERROR,
    "`userdata_token_method` is neither `header`, `body` nor `url`.",
    "Set it to `header`, `body` or `url`.",
)
def userdata_token_method(authenticator: Any) -> Iterator[Problem]:
    """The value may come from the environment."""
    if authenticator.userdata_token_method not in ("header", "body", "url"):
        yield Problem("userdata_token_method", "has an unknown value", "It must be 'header', 'body' or 'url'")


@check(
    "allowed-scopes",
    ERROR,
    "`allowed_scopes` has a scope that is not in `scope`.",
    "Add the scope to `scope`.",
)
def allowed_scopes_not_requested(authenticator: Any) -> Iterator[Problem]:
    """No user would have a scope that is not requested."""
    missing = set(authenticator.allowed_scopes) - set(authenticator.scope)
    if missing:
        name = section(authenticator)
        yield Problem(
            "allowed_scopes",
            f"holds scopes that {name}.scope does not ask for: {', '.join(sorted(missing))}",
            f"Add them to {name}.scope",
        )


@check(
    "missing-scope",
    WARNING,
    "An option is set whose scope is not requested, so that no user will match.",
    "Add the scope to `scope`.",
)
def missing_scopes(authenticator: Any) -> Iterator[Problem]:
    """A warning, because a provider may grant more than was requested."""
    name = section(authenticator)
    for option, scopes in authenticator.scopes_for.items():
        if getattr(authenticator, option) and not set(scopes) & set(authenticator.scope):
            yield Problem(
                option,
                f"needs the scope {' or '.join(scopes)}, and {name}.scope does not ask for it: no user will match",
                f"Add {scopes[0]} to {name}.scope",
            )


@check(
    "id-token-algorithms",
    ERROR,
    "`id_token_signed_response_alg` is empty or names an unknown algorithm.",
    "Name one or more of the algorithms in the message.",
)
def id_token_algorithms(authenticator: Any) -> Iterator[Problem]:
    """No ID token would be accepted."""
    unknown = set(authenticator.id_token_signed_response_alg) - ALGORITHMS.keys()
    if unknown or not authenticator.id_token_signed_response_alg:
        yield Problem(
            "id_token_signed_response_alg",
            f"names {', '.join(sorted(map(str, unknown))) or 'no algorithm'}",
            f"It must name one or more of {', '.join(sorted(ALGORITHMS))}",
        )


@check(
    "protected-parameter",
    ERROR,
    "`extra_authorize_params` replaces a parameter that secures the login.",
    "Remove the parameter.",
)
def protected_parameters(authenticator: Any) -> Iterator[Problem]:
    """These parameters are made again for each login."""
    replaced = PROTECTED_PARAMETERS & authenticator.extra_authorize_params.keys()
    if replaced:
        yield Problem("extra_authorize_params", f"may not replace {', '.join(sorted(replaced))}", "Remove them")


@check(
    "api-base-url",
    ERROR,
    "`api_base_url` is set, and no option is a path below it.",
    "Remove it, or set `userdata_url` to a path such as `user`.",
)
def api_base_url_without_paths(authenticator: Any) -> Iterator[Problem]:
    """The operator expects that a URL depends on it."""
    if "api_base_url" in authenticator._find_my_config(authenticator.config) and not _uses_api_base_url(authenticator):
        yield Problem("api_base_url", "has no meaning here: neither userdata_url nor validate_token_url is below it")


def _uses_api_base_url(authenticator: Any) -> bool:
    """Whether a URL depends on `api_base_url`, or a class that declares the option or belongs to another package."""
    cls = type(authenticator)
    if not cls.__module__.startswith(f"{__name__.partition('.')[0]}."):
        return True
    if cls.class_traits()["api_base_url"].this_class is not ProviderOptions:
        return True
    root = f"{authenticator.api_base_url.rstrip('/')}/"
    return any(
        str(url).startswith(root)
        for url in (authenticator.configured_url("userdata_url"), authenticator.validate_token_url)
    )


@check(
    "http-request-kwargs",
    ERROR,
    "`http_request_kwargs` has an unknown key or an unusable value, or `https_proxy` in the environment is unusable.",
    "Use the keys and values that the message names.",
)
def http_request_kwargs(authenticator: Any) -> Iterator[Problem]:
    """The HTTP client is made here, so that a wrong setting stops the start-up."""
    _ = authenticator.connection.transport
    yield from ()


# --- URLs ------------------------------------------------------------------------------------------------------------


@check(
    "provider-url",
    ERROR,
    "A URL of the provider is not https (`allow_insecure_http` permits http, except with `security_profile`).",
    "Use https.",
)
def provider_urls(authenticator: Any) -> Iterator[Problem]:
    """All options in `URL_OPTIONS`."""
    name = section(authenticator)
    for option in URL_OPTIONS:
        if url := getattr(authenticator, option):
            try:
                check_endpoint(url, f"{name}.{option}", plain_http_of(authenticator))
            except ConfigurationError as error:
                yield Problem("", error.detail, "")


@check(
    "endpoints",
    ERROR,
    "The provider's endpoints are neither set nor discoverable.",
    "Set `issuer`, or the endpoints of a provider without discovery.",
)
def endpoints_unknown(authenticator: Any) -> Iterator[Problem]:
    """No login could begin."""
    yield from authenticator.endpoint_problems()


def missing_endpoints(authenticator: Any) -> Iterator[Problem]:
    """The endpoints that are neither set nor discoverable, or the options that they follow from."""
    name = section(authenticator)
    unset = _options_of_missing_urls(authenticator)
    for option, url in unset.items():
        yield Problem(option, "is not set", f"Set it, or {name}.{url}")
    if unset or authenticator.issuer:
        return
    for option in ("authorize_url", "token_url"):
        if not getattr(authenticator, option):
            yield Problem(
                option, "is not set", f"Set {name}.issuer, or {name}.{option} for a provider without discovery"
            )
    if not authenticator.configured_url("userdata_url") and not authenticator.userdata_from_id_token:
        yield Problem("userdata_url", "is not set", f"Set it, or {name}.userdata_from_id_token = True")


def _options_of_missing_urls(authenticator: Any) -> dict[str, str]:
    """The empty options in the templates of declared URLs that are therefore empty too, each with such a URL."""
    unset: dict[str, str] = {}
    for member, url in (("issuer", "issuer"), ("authorize", "authorize_url"), ("token", "token_url")):
        if not getattr(authenticator, url):
            for option in placeholders(getattr(authenticator.endpoints, member)):
                if authenticator.has_trait(option) and not getattr(authenticator, option):
                    unset.setdefault(option, url)
    return unset


_NEEDED_FOR_LOGOUT = (
    ("rp_initiated_logout", "end_session_url"),
    ("revoke_tokens_on_logout", "revocation_url"),
    ("backchannel_logout", "issuer"),
    ("frontchannel_logout", "issuer"),
)


@check(
    "logout-endpoint",
    ERROR,
    "An option on logout is set without the URL that it needs.",
    "Set the URL.",
)
def logout_endpoints(authenticator: Any) -> Iterator[Problem]:
    """A logout at the provider that would not happen."""
    for option, url in _NEEDED_FOR_LOGOUT:
        if not getattr(authenticator, option) or getattr(authenticator, url):
            continue
        if url == "issuer" or not authenticator.connection.issuer.has_discovery:
            yield Problem(option, f"needs {section(authenticator)}.{url}", "Set it")


@check(
    "logout-without-auth-state",
    ERROR,
    "An option on logout at the provider is set without `enable_auth_state`.",
    "Set `enable_auth_state` to True.",
)
def logout_without_auth_state(authenticator: Any) -> Iterator[Problem]:
    """Tokens, and the provider's names for users and sessions, are stored only there."""
    for option, _ in _NEEDED_FOR_LOGOUT:
        if getattr(authenticator, option) and option != "rp_initiated_logout" and not authenticator.enable_auth_state:
            yield Problem(option, f"needs {section(authenticator)}.enable_auth_state = True", "Set it")


OAUTH_CHECKS: tuple[Check, ...] = (
    overrides,
    handler_overrides,
    browser_logout_revokes,
    client_id_missing,
    client_secret,
    collect_emails_without_auth_state,
    two_sources_of_user_data,
    userdata_token_method,
    allowed_scopes_not_requested,
    missing_scopes,
    id_token_algorithms,
    protected_parameters,
    api_base_url_without_paths,
    http_request_kwargs,
    provider_urls,
    endpoints_unknown,
    logout_endpoints,
    logout_without_auth_state,
    *PROTECTION_CHECKS,
)
"""The checks of every OAuth login."""
