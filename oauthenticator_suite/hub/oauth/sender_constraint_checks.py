"""Start-up checks of the options on DPoP, resource indicators and introspection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..findings.finding import ERROR, WARNING, Check, Problem, check, section


@check(
    "dpop-token-method",
    ERROR,
    "`enable_dpop` is set together with another `userdata_token_method` than `header`.",
    "Remove `userdata_token_method`.",
)
def dpop_token_method(authenticator: Any) -> Iterator[Problem]:
    """RFC 9449 §7.1: a token that is bound to a key is sent in the Authorization header."""
    if authenticator.enable_dpop and authenticator.userdata_token_method != "header":
        yield Problem("enable_dpop", "needs userdata_token_method = 'header'", "Remove userdata_token_method")


@check(
    "resource-twice",
    ERROR,
    "`resources` is set, and `resource` in `extra_authorize_params` or `token_params`.",
    "Move the value to `resources`.",
)
def resource_twice(authenticator: Any) -> Iterator[Problem]:
    """Which of them is meant."""
    for option in ("extra_authorize_params", "token_params"):
        if authenticator.resources and "resource" in getattr(authenticator, option):
            yield Problem("resources", f"is set, and 'resource' in {section(authenticator)}.{option}")


@check(
    "introspection-unused",
    WARNING,
    "`introspection_url` is set, and a refresh reads the user's data at `userdata_url` or asks `validate_token_url`.",
    "Remove `introspection_url`.",
)
def introspection_unused(authenticator: Any) -> Iterator[Problem]:
    """The other request shows whether the token is valid."""
    if not authenticator.introspection_url:
        return
    reads_userinfo = authenticator.configured_url("userdata_url") and not authenticator.userdata_from_id_token
    if reads_userinfo or authenticator.validate_token_url:
        other = "validate_token_url" if authenticator.validate_token_url else "userdata_url"
        yield Problem("introspection_url", f"has no effect, because {other} is set")


SENDER_CONSTRAINT_CHECKS: tuple[Check, ...] = (dpop_token_method, resource_twice, introspection_unused)
"""The checks in this module."""
