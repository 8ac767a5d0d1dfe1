"""Which options admit users."""

from __future__ import annotations

from typing import Any

_OF_JUPYTERHUB = ("allow_all", "allowed_users", "admin_users", "allow_existing_users")


def admitting_options(authenticator: Any) -> list[str]:
    """The names of the options that are set and can admit a user, as an administrator or not."""
    rules = authenticator.traits(rule=lambda part: part in ("allowed", "admin"))
    return [name for name in (*_OF_JUPYTERHUB, *sorted(rules)) if getattr(authenticator, name)]


def restricting_options(authenticator: Any) -> list[str]:
    """The names of the options that are set and can refuse a user who is admitted by other options."""
    rules = authenticator.traits(rule=lambda part: part == "required")
    return [name for name in sorted(rules) if getattr(authenticator, name)]
