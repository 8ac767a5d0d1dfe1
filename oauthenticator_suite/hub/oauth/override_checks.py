"""Start-up checks of an operator's subclass: overrides that would never be called, or that would fail when called.

What a subclass defines is compared with what this package calls, and with what `oauthenticator` would call
(`older_methods`). A name with an underscore that the subclass uses itself is its own helper, and no override.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

from traitlets.traitlets import DefaultHandler

from ..findings.finding import ERROR, Problem, check
from .older_methods import NEVER_CALLED_ON_HANDLERS, advice, never_called_on

_PACKAGE = __name__.partition(".")[0]
_OTHERS = ("jupyterhub", "traitlets", "tornado", "builtins")
_OLDER = "oauthenticator"

HANDLERS = {
    "login_handler": "OAuthLoginHandler",
    "callback_handler": "OAuthCallbackHandler",
    "logout_handler": "OAuthLogoutHandler",
}
"""The attributes that name a handler class, with the class of `extend` from which one is derived."""

ARGUMENTS = {
    "build_access_tokens_request_params": ("handler", "data"),
    "get_token_info": ("handler", "params"),
    "build_token_info_request_headers": (),
    "build_refresh_token_request_params": ("refresh_token",),
    "_token_to_auth_model": ("token_info",),
    "token_to_user": ("token_info",),
    "build_userdata_request_headers": ("access_token", "token_type"),
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


@check(
    "override",
    ERROR,
    "A subclass overrides a method that is never called, or with another signature.",
    "Override the method that the message names, with the arguments that it names.",
)
def overrides(authenticator: Any) -> Iterator[Problem]:
    """Overrides that cannot work."""
    cls = type(authenticator)
    yield from _never_called(cls, never_called_on(cls))
    for name, arguments in ARGUMENTS.items():
        try:
            inspect.signature(getattr(authenticator, name)).bind(*arguments)
        except TypeError:
            accepted = ", ".join(("self", *arguments))
            yield Problem(
                "", f"{cls.__name__}.{name} has another signature", f"It must accept ({accepted}): change the override"
            )
    if _defines(cls, "_token_to_auth_model") and not _uses(cls, "_token_to_auth_model", in_itself=True):
        yield Problem(
            "",
            f"{cls.__name__}._token_to_auth_model does not call super()._token_to_auth_model(token_info), which checks "
            "the tokens and the user",
            "Call it and change its result, or override update_auth_model instead",
        )
    for base in _own_classes(cls):
        for value in vars(base).values():
            option = value.trait_name if isinstance(value, DefaultHandler) else None
            if option is not None and not hasattr(cls, option):
                yield Problem(
                    "",
                    f"{base.__name__} has a default for {option}, which is not an option of this package",
                    "Remove it",
                )


@check(
    "handler-override",
    ERROR,
    "A handler class overrides a method that is never called, or is derived from a class of another package.",
    "Override the method that the message names, in a class that is derived from this package's handler.",
)
def handler_overrides(authenticator: Any) -> Iterator[Problem]:
    """Handlers that cannot work: a login would fail, or an override of theirs would have no effect."""
    name = type(authenticator).__name__
    for attribute, never_called in NEVER_CALLED_ON_HANDLERS.items():
        handler = getattr(authenticator, attribute)
        if not inspect.isclass(handler):  # JupyterHub says so itself
            continue
        older = next((base for base in handler.__mro__ if base.__module__.partition(".")[0] == _OLDER), None)
        if older is not None:
            yield Problem(
                "",
                f"{name}.{attribute} is derived from {older.__module__}.{older.__name__}, whose logins this package "
                "does not know",
                f"Derive it from oauthenticator_suite.extend.{HANDLERS[attribute]}",
            )
            continue
        yield from _never_called(handler, never_called)
    callback = authenticator.callback_handler
    classes = _own_classes(callback) if inspect.isclass(callback) else []
    own = next((vars(base)["get"] for base in classes if "get" in vars(base)), None)
    if own is not None and not inspect.iscoroutinefunction(inspect.unwrap(own)):
        yield Problem("", f"{callback.__name__}.get is not async", "Write it with async def, and await super().get()")


def _never_called(cls: type, names: Mapping[str, str]) -> Iterator[Problem]:
    for name, replacement in names.items():
        defined = (base for base in _own_classes(cls) if name in vars(base) or _is_default(base, name))
        definition = next(defined, None)
        if definition is not None and not (name.startswith("_") and _uses(cls, name)):
            reason, fix = advice(f"{definition.__name__}.{name}", replacement)
            yield Problem("", reason, fix)


def _own_classes(cls: type) -> list[type]:
    """The classes of `cls` that are the operator's, or of another package that is derived from this one."""
    return [base for base in cls.__mro__ if not _is_of_a_library(base)]


def _is_of_a_library(cls: type) -> bool:
    """Whether the class is defined in this package, in JupyterHub or below it. A class that ``type()`` made is not."""
    if cls.__module__.partition(".")[0] not in (_PACKAGE, *_OTHERS):
        return False
    return getattr(sys.modules.get(cls.__module__), cls.__name__, None) is cls


def _defines(cls: type, name: str) -> bool:
    """Whether one of the operator's classes defines the attribute."""
    return any(name in vars(base) for base in _own_classes(cls))


def _is_default(cls: type, name: str) -> bool:
    """Whether the class has a ``@default`` for an option of this name, under whatever name of a method."""
    return any(isinstance(value, DefaultHandler) and value.trait_name == name for value in vars(cls).values())


def _uses(cls: type, name: str, *, in_itself: bool = False) -> bool:
    """Whether code of the operator's classes reads the attribute; `in_itself`: also the definition of that name."""
    for base in _own_classes(cls):
        for method, value in vars(base).items():
            is_other = in_itself or method != name
            if is_other and any(name in _names_in(function.__code__) for function in _functions_in(value)):
                return True
    return False


def _functions_in(value: Any) -> Iterator[FunctionType]:
    """The functions of an attribute of a class: a method of any kind, a property, or what a decorator made of one."""
    for part in (value, *(getattr(value, name, None) for name in ("__func__", "fget", "fset", "func"))):
        function = inspect.unwrap(part) if callable(part) else None
        if isinstance(function, FunctionType):
            yield function


def _names_in(code: CodeType) -> Iterator[str]:
    """The attributes and variables that the code reads, also in functions and comprehensions inside of it."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names_in(inner)
