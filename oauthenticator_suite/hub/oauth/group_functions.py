"""Calling the operator's function in `auth_state_groups_key`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...errors import HookError
from ...policy.claims import sent_by_reference
from ...policy.unknown import Unknown, refuse_reference
from ..base.hooks import call_hook


async def groups_by_function(function: Callable[..., Any], auth_state: Any, claims: Mapping[str, Any]) -> Any:
    """The groups that the function finds in `auth_state`. `claims` are the user's data in it.

    A function that finds none, or fails, because the provider sends only a reference to the claim ``groups`` does not
    say that there are none.

    Raises
    ------
    Unknown
        In that case, and when the function raises it.
    HookError
        When the function fails for another reason.
    """
    try:
        groups = await call_hook("auth_state_groups_key", function, auth_state)
    except HookError as error:
        if isinstance(error.__cause__, Unknown):
            raise error.__cause__ from None
        if "groups" not in sent_by_reference(claims):
            raise
        groups = None
    if not groups:
        refuse_reference(claims, "groups")
    return groups
