"""Plug-ins: authenticators of other packages, discovered by their entry points and activated by their `configure`."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any, TypeAlias

from jupyterhub.auth import Authenticator

from .hub.base.plug_in import has_own_options

GROUP = "oauthenticator_suite.authenticator"
"""The entry point group of plug-ins."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""The pattern of a plug-in's name. The name is part of URLs, and of usernames that have a prefix."""

Log: TypeAlias = "logging.Logger | logging.LoggerAdapter[Any]"  # a string: Python 3.10 cannot subscript the class


def discover_plugins(log: Log) -> dict[str, type[Authenticator]]:
    """The installed plug-ins by name: the entry points of the group `oauthenticator_suite.authenticator`.

    An unusable plug-in is skipped with a warning that names it and its distribution: its module raises or exits, it is
    not an authenticator class, or its name is invalid. The traceback is in the log at debug level. If two plug-ins have
    the same name, the one of the first distribution in alphabetical order is used, and none if that one is unusable:
    accounts belong to the name, and must not pass to another package because of a failed update.

    Exceptions of a plug-in are logged and not raised, except for `KeyboardInterrupt`.
    """
    found: dict[str, type[Authenticator]] = {}
    owners: dict[str, str] = {}
    for owner, entry_point in _entry_points(log):
        name = entry_point.name
        if not NAME.fullmatch(name):
            log.warning("The plug-in %a of %a is skipped: its name must fit %s", name, owner, NAME.pattern)
        elif name in owners:
            log.warning("The plug-in %a of %a is skipped: %a has a plug-in of the same name", name, owner, owners[name])
        else:
            owners[name] = owner
            cls = _load(owner, entry_point, log)
            if cls is not None:
                found[name] = cls
    return found


def wants_to_be_active(authenticator: Authenticator, log: Log) -> bool:
    """Whether a discovered plug-in is active, by its `configure`.

    `configure` is called without arguments, or with the authenticator's configuration if it has a parameter for it. A
    plug-in whose `configure` raises is not active, and the log has a warning. An authenticator without that method is
    active if the operator has set an option in the section of its class.
    """
    configure = getattr(authenticator, "configure", None)
    if not callable(configure):
        return has_own_options(authenticator)
    name = f"{type(authenticator).__name__}.configure"
    try:
        arguments = _arguments_of(configure, authenticator)
        if arguments is None:
            log.warning("%s takes other arguments than it gets: define configure() or configure(config)", name)
            return False
        configure(*arguments.args, **arguments.kwargs)
        return bool(getattr(authenticator, "is_enabled", False))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - code of another package
        _warn(log, f"{name}() raised", error)
        return False


def _arguments_of(configure: Callable[..., object], authenticator: Authenticator) -> inspect.BoundArguments | None:
    """The arguments for `configure`; None if it needs others.

    The configuration, if the first parameter is called ``config`` or has no default; else none.
    """
    signature = inspect.signature(configure)
    # a child's own copy also holds options that the parent put there
    config = authenticator.config if authenticator.parent is None else authenticator.parent.config
    first = next(iter(signature.parameters.values()), inspect.Parameter("nothing", inspect.Parameter.VAR_POSITIONAL))
    given: list[object] = []
    named: dict[str, object] = {}
    if first.kind == first.KEYWORD_ONLY:
        named = {"config": config} if "config" in signature.parameters else {}
    elif first.kind not in (first.VAR_POSITIONAL, first.VAR_KEYWORD):
        given = [config] if first.name == "config" or first.default is first.empty else []
    try:
        return signature.bind(*given, **named)
    except TypeError:
        return None


def _entry_points(log: Log) -> Iterator[tuple[str, EntryPoint]]:
    """The entry points of `GROUP`, each with the name of its distribution, sorted by that name."""
    installed: dict[str, Distribution] = {}
    for distribution in distributions():
        # Of several distributions with the same name, Python imports the first one on the path.
        installed.setdefault(_canonical_name(distribution), distribution)
    for name, distribution in sorted(installed.items(), key=lambda item: item[0]):
        try:
            found = [entry_point for entry_point in distribution.entry_points if entry_point.group == GROUP]
        except Exception as error:  # noqa: BLE001 - a file of another package
            if GROUP in (distribution.read_text("entry_points.txt") or ""):
                _warn(log, f"The plug-ins of {name!a} are skipped: their entry_points.txt cannot be read", error)
            continue
        for entry_point in found:
            yield name, entry_point


def _canonical_name(distribution: Distribution) -> str:
    """The normalized name of a distribution; empty if it cannot be read."""
    try:
        name: str | None = distribution.metadata["Name"]
    except Exception:  # noqa: BLE001 - a file of another package, which may be missing
        name = None
    return re.sub(r"[-_.]+", "-", name or "").lower()


def _load(owner: str, entry_point: EntryPoint, log: Log) -> type[Authenticator] | None:
    """Load the class that an entry point names. If that fails, log a warning and return None."""
    message = f"The plug-in {entry_point.name!a} of {owner!a} is skipped: "
    try:
        cls: object = entry_point.load()
        if isinstance(cls, type) and issubclass(cls, Authenticator):
            return cls
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - also SystemExit: a plug-in must not end the Hub
        _warn(log, f"{message}loading it raised", error)
    else:
        log.warning("%sit is not an Authenticator class", message)
    return None


def _warn(log: Log, message: str, error: BaseException) -> None:
    # An error message of another package may contain secrets, so it is left out. An import error is an exception,
    # because the operator needs the name of the missing module.
    detail = f": {error}" if type(error) in (ImportError, ModuleNotFoundError) else ""
    log.warning("%s", f"{message}: {type(error).__name__}{detail}".replace("\n", " "))
    log.debug("The traceback", exc_info=error)
