"""Start-up checks of the client's credentials, and of values that come from elsewhere than the configuration file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import ConfigurationError
from ...protocol.provider_demands import SECRET_METHODS
from ..findings.finding import ERROR, INFO, WARNING, Check, Problem, check
from ..options.client_types import ClientCredential, stripped, unreplaced_variable
from ..options.template import variables_used
from ..options.trait_types import URL


def from_environment(authenticator: Any) -> dict[str, tuple[str, str]]:
    """The options whose values come from the environment: for each, the variable, and the value as it is there."""
    found: dict[str, tuple[str, str]] = {}
    given = authenticator._find_my_config(authenticator.config)
    for option in authenticator.traits(config=True):
        if option in given:
            continue
        value = getattr(authenticator, option)  # the options of which its default is made have their values now
        if value == "":
            continue  # no variable gives it: the issuer's variable was only looked at
        with variables_used() as used:
            default = authenticator.trait_defaults(option)
        raw = default if isinstance(default, str) else ""
        if used and value in (default, stripped(raw)):
            found[option] = (used[-1], raw)
    return found


def _raw_credentials(authenticator: Any) -> Iterator[tuple[str, str]]:
    """The credentials as they were given in the configuration or the environment, by option."""
    given = authenticator._find_my_config(authenticator.config)
    environment = from_environment(authenticator)
    for option, trait in authenticator.traits(config=True).items():
        if not isinstance(trait, ClientCredential):
            continue
        if option in given and isinstance(given[option], str):
            yield option, given[option]
        elif option in environment:
            yield option, environment[option][1]


@check(
    "credential-white-space",
    WARNING,
    "`client_id` or `client_secret` has white space or invisible characters around it. They are removed.",
    "Remove them.",
)
def white_space_around_credentials(authenticator: Any) -> Iterator[Problem]:
    """A line break from a file, or a blank from copying: the provider would answer invalid_client."""
    for option, raw in _raw_credentials(authenticator):
        if stripped(raw) != raw:
            yield Problem(option, "has white space or invisible characters around it, which are removed")


@check(
    "credential-quotes",
    WARNING,
    "`client_id` or `client_secret` begins and ends with a quotation mark, which is sent as a part of it.",
    "Remove the quotation marks, unless the provider has assigned them.",
)
def quotes_around_credentials(authenticator: Any) -> Iterator[Problem]:
    """``docker run --env-file`` keeps the quotation marks that a shell would remove."""
    for option, raw in _raw_credentials(authenticator):
        value = stripped(raw)
        if len(value) > 2 and value[0] == value[-1] and value[0] in "\"'":
            yield Problem(option, "begins and ends with a quotation mark, which is sent as a part of it")


@check(
    "variable-not-replaced",
    ERROR,
    "`client_id`, `client_secret`, the file of `client_secret_file`, or a URL holds a variable such as `$(NAME)`, "
    "`${NAME}` or `{{ name }}` that was not replaced.",
    "Replace it by its value. Kubernetes replaces `$(NAME)` only by variables that are defined before it in the same "
    "container.",
)
def variables_not_replaced(authenticator: Any) -> Iterator[Problem]:
    """The text of the variable itself would be sent to the provider."""
    for option, trait in sorted(authenticator.traits(config=True).items()):
        if not isinstance(trait, (ClientCredential, URL)):
            continue
        if variable := unreplaced_variable(getattr(authenticator, option)):
            yield Problem(option, f"holds {variable[:80]!a}, a variable that was not replaced")
    if authenticator.client_secret_file:
        try:
            content = authenticator.current_client_secret()
        except ConfigurationError:
            return  # the check `client-secret` reports it
        if variable := unreplaced_variable(content):
            yield Problem("client_secret_file", f"leads to a file with {variable[:80]!a}, which was not replaced")


@check(
    "public-client",
    WARNING,
    "There is no client secret, so that the Hub is a public client, and `client_auth_method` does not say so.",
    "Set `client_secret` or `client_secret_file`, or a key or certificate in its place (`client_key_file`), or, if the "
    "client has none of them, set `client_auth_method` to `none`.",
)
def public_client(authenticator: Any) -> Iterator[Problem]:
    """Most providers assign a secret, and answer invalid_client without it."""
    connection = authenticator.connection
    if authenticator.client_auth_method not in ("", *SECRET_METHODS) or not authenticator.client_id:
        return  # "none" is meant, and the check `client-auth-method` says what other methods need
    if not connection.authentication.usable and connection.protections.fapi2 is None:  # else `security-profile` says it
        variables = " or ".join(filter(None, (authenticator.client_secret_env, "OAUTH_CLIENT_SECRET")))
        yield Problem(
            "client_secret",
            f"is not set (nor is the environment variable {variables}), so that the Hub is a public client: it does "
            "not prove its identity to the provider",
        )


@check(
    "secret-not-sent",
    WARNING,
    "There is a client secret, and `client_auth_method` is `none`, so that it is never sent.",
    "Remove one of them.",
)
def secret_not_sent(authenticator: Any) -> Iterator[Problem]:
    """Which of them is meant."""
    if authenticator.client_auth_method == "none":
        for option in ("client_secret", "client_secret_file"):
            if getattr(authenticator, option):
                yield Problem(option, "is set, and client_auth_method = 'none' never sends it")


@check(
    "from-environment",
    INFO,
    "An option has its value from an environment variable.",
    "Set the option in the configuration to override the variable.",
)
def options_from_environment(authenticator: Any) -> Iterator[Problem]:
    """A variable that was meant for another provider or another program is taken too."""
    for option, (variable, _) in from_environment(authenticator).items():
        yield Problem(option, f"comes from the environment variable {variable}")


CREDENTIAL_CHECKS: tuple[Check, ...] = (
    white_space_around_credentials,
    quotes_around_credentials,
    variables_not_replaced,
    public_client,
    secret_not_sent,
    options_from_environment,
)
"""The checks of the client's credentials, for every OAuth login."""
