"""Start-up checks of parameters that demand how or when the user signs in at the provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import ConfigurationError
from ...protocol.authentication import AuthenticationDemand
from ..findings.finding import ERROR, WARNING, Check, Problem, check, section


@check(
    "authentication-demand",
    ERROR,
    "`max_age`, `acr_values` or `claims` in `extra_authorize_params` is malformed, or cannot be checked.",
    "Correct the value, or request an ID token with the scope `openid`.",
)
def authentication_demand(authenticator: Any) -> Iterator[Problem]:
    """A user can remove the parameter from the request: only the ID token shows that it was followed."""
    try:
        demand = AuthenticationDemand.of(authenticator.authorize_params())
    except ConfigurationError as error:
        yield Problem("extra_authorize_params", f"is not usable: {error.detail}", "Correct it")
        return
    if "openid" in authenticator.scope:
        return
    if authenticator.reauthenticate_after is not None:
        yield Problem(
            "reauthenticate_after",
            "is set, and no ID token shows when the user signed in at the provider",
            f"Add 'openid' to {section(authenticator)}.scope, or remove the option",
        )
    elif demand.needs_id_token:
        yield Problem(
            "acr_values" if authenticator.acr_values else "extra_authorize_params",
            "demands how the user signs in at the provider (max_age, acr_values, claims), and no ID token shows it",
            f"Add 'openid' to {section(authenticator)}.scope, or remove the parameter",
        )


@check(
    "prompt-login",
    WARNING,
    "`prompt` is `login` in `extra_authorize_params`, without `max_age`.",
    "Add `max_age` 0, so that the ID token must show a new authentication.",
)
def prompt_login(authenticator: Any) -> Iterator[Problem]:
    """Without ``max_age``, the ID token need not have ``auth_time``."""
    params = authenticator.extra_authorize_params
    if "login" in str(params.get("prompt", "")).split() and "max_age" not in params:
        yield Problem(
            "extra_authorize_params",
            "has prompt=login without max_age, so a user can remove it from the request unnoticed",
            'Add "max_age": 0, so that the ID token must show a new sign-in',
        )


AUTHENTICATION_CHECKS: tuple[Check, ...] = (authentication_demand, prompt_login)
"""The checks in this module."""
