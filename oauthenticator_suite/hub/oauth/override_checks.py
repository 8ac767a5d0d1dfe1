"""Start-up checks of an operator's subclass: overrides that would never be called, or that would fail when called."""

from __future__ import annotations

import inspect
from typing import Any

from ...errors import ConfigurationError

ARGUMENTS = {
    "build_access_tokens_request_params": ("handler", "data"),
    "get_token_info": ("handler", "params"),
    "token_to_user": ("token_info",),
    "look_up": ("token_info", "user", "wanted"),
    "user_info_to_username": ("user_info",),
    "build_auth_state_dict": ("token_info", "user_info"),
    "collect_verified_emails": ("token_info", "user_info"),
    "normalize_username": ("username",),
    "get_user_groups": ("auth_state",),
    "update_auth_model": ("auth_model",),
    "facts_about": ("username",),
    "check_blocked_users": ("username", "auth_model"),
    "check_allowed": ("username", "auth_model"),
    "validate_token": ("token",),
}
"""The methods that an override may replace, with the arguments that they are called with."""

NEVER_CALLED = {
    "_token_to_auth_model": "update_auth_model",
    "_apply_managed_groups": "get_user_groups or update_auth_model",
    "_call_modify_auth_state_hook": "the option modify_auth_state_hook",
    "_call_refresh_user_hook": "the option refresh_user_hook",
    "build_userdata_request_headers": "token_to_user",
    "build_token_info_request_headers": "get_token_info, or the option client_auth_method",
    "build_refresh_token_request_params": "get_token_info",
}
"""Methods of the package `oauthenticator` that this package does not have, with the place for the same code."""


def check_overrides(authenticator: Any) -> None:
    """Refuse a subclass whose overrides cannot work.

    Raises
    ------
    ConfigurationError
        Naming the method, and its replacement or the arguments that it must accept.
    """
    cls = type(authenticator)
    for name, replacement in NEVER_CALLED.items():
        if hasattr(cls, name):
            raise ConfigurationError(f"{cls.__name__}.{name} would never be called: override {replacement} instead")
    for name, arguments in ARGUMENTS.items():
        try:
            inspect.signature(getattr(authenticator, name)).bind(*arguments)
        except TypeError:
            raise ConfigurationError(
                f"{cls.__name__}.{name} has another signature: it must accept ({', '.join(('self', *arguments))})"
            ) from None
