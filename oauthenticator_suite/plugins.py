"""Plug-ins: authenticators of other packages, found by entry points and activated by their `configure`."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any, TypeAlias

from jupyterhub.auth import Authenticator

from .hub.base.plug_in import has_own_options

GROUP = "oauthenticator_suite.authenticator"
"""The group of entry points that is searched for plug-ins."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""The valid names of a login. The name becomes part of URLs, and of usernames where names get a prefix."""

Log: TypeAlias = "logging.Logger | logging.LoggerAdapter[Any]"  # a string: Python 3.10 cannot subscript the class


def discover_plugins(log: Log) -> dict[str, type[Authenticator]]:
    """The installed plug-ins by name: the entry points of the group `oauthenticator_suite.authenticator`.

    An unusable plug-in is skipped with a warning that names it and its distribution: its module raises or exits, it is
    not an authenticator class, or its name is invalid. The traceback is in the log at debug level. If two plug-ins have
    the same name, the one of the first distribution in alphabetical order is used, and none if that one is unusable:
    accounts belong to the name, and must not pass to another package because of a failed update.

    Raises
    ------
    KeyboardInterrupt
        No other exception is raised.
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

    A plug-in that raises there is not active, and the log has a warning. An authenticator without that method, which
    need not know this package, is active if the operator has set an option under its class's own name.
    """
    configure = getattr(authenticator, "configure", None)
    if not callable(configure):
        return has_own_options(authenticator)
    try:
        configure()
        return bool(getattr(authenticator, "is_enabled", False))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - code of another package
        _skip(log, f"{type(authenticator).__name__}.configure() raised", error)
        return False


def _entry_points(log: Log) -> Iterator[tuple[str, EntryPoint]]:
    """The entry points of `GROUP` with the names of their distributions, in the order of these names."""
    installed: dict[str, Distribution] = {}
    for one in distributions():
        # of several distributions with the same name, Python imports the first one on the path
        installed.setdefault(_canonical(one), one)
    for name, one in sorted(installed.items(), key=lambda item: item[0]):
        try:
            found = [entry_point for entry_point in one.entry_points if entry_point.group == GROUP]
        except Exception as error:  # noqa: BLE001 - a file of another package
            if GROUP in (one.read_text("entry_points.txt") or ""):
                _skip(log, f"The plug-ins of {name!a} are skipped: their entry_points.txt cannot be read", error)
            continue
        for entry_point in found:
            yield name, entry_point


def _canonical(one: Distribution) -> str:
    """The normalized name of a distribution; empty when it cannot be read."""
    try:
        name: str | None = one.metadata["Name"]
    except Exception:  # noqa: BLE001 - a file of another package, or none
        name = None
    return re.sub(r"[-_.]+", "-", name or "").lower()


def _load(owner: str, entry_point: EntryPoint, log: Log) -> type[Authenticator] | None:
    """The class that an entry point names; None, with a warning, when it cannot be loaded."""
    what = f"The plug-in {entry_point.name!a} of {owner!a} is skipped: "
    try:
        cls: object = entry_point.load()
        if isinstance(cls, type) and issubclass(cls, Authenticator):
            return cls
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - also SystemExit: a plug-in must not end the Hub
        _skip(log, f"{what}loading it raised", error)
    else:
        log.warning("%sit is not an Authenticator class", what)
    return None


def _skip(log: Log, what: str, error: BaseException) -> None:
    # The text of another package's error may contain secrets. Operators do need the name of a missing module.
    why = f": {error}" if type(error) in (ImportError, ModuleNotFoundError) else ""
    log.warning("%s", f"{what}: {type(error).__name__}{why}".replace("\n", " "))
    log.debug("The traceback", exc_info=error)
