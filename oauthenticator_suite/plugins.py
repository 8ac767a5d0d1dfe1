"""Authenticators that other packages bring: found by an entry point, and asked whether they are to be active."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any, TypeAlias

from jupyterhub.auth import Authenticator

from .hub.base.plug_in import has_own_options

GROUP = "oauthenticator_suite.authenticator"
"""The group of entry points in which plug-ins are found. In `jupyterhub.authenticators` they can be named."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""What a way to sign in may be called, a plug-in or not: it becomes part of URLs, and perhaps of users' names."""

Log: TypeAlias = "logging.Logger | logging.LoggerAdapter[Any]"  # a string: Python 3.10 cannot subscript the class


def discover_plugins(log: Log) -> dict[str, type[Authenticator]]:
    """The plug-ins that are installed, by name: entry points of the group `oauthenticator_suite.authenticator`.

    One that cannot be used is skipped, with a warning that names it and its distribution, and stops nothing: its module
    raises or exits, it is no authenticator, its name is no name. Why, with the traceback, is in the log at debug level.
    Of two with one name that of the first distribution counts, in alphabetical order, also when it cannot be used:
    accounts belong to the name, and must not go over to another package because an update has gone wrong.

    Raises
    ------
    KeyboardInterrupt
        Nothing else is raised.
    """
    found: dict[str, type[Authenticator]] = {}
    owners: dict[str, str] = {}
    for owner, entry_point in _entry_points(log):
        name = entry_point.name
        if not NAME.fullmatch(name):
            log.warning("The plug-in %a of %a is skipped: its name must fit %s", name, owner, NAME.pattern)
        elif name in owners:
            log.warning("The plug-in %a of %a is skipped: %a has one of this name", name, owner, owners[name])
        else:
            owners[name] = owner
            cls = _load(owner, entry_point, log)
            if cls is not None:
                found[name] = cls
    return found


def wants_to_be_active(authenticator: Authenticator, log: Log) -> bool:
    """Whether a plug-in that was discovered is to be active, by its `configure`.

    One that raises there is not, with a warning. An authenticator without that method (it need not know of this
    package) is active when the operator has set an option under its class's own name.
    """
    configure = getattr(authenticator, "configure", None)
    if not callable(configure):
        return has_own_options(authenticator)
    try:
        configure()
        return bool(getattr(authenticator, "is_enabled", False))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - code of others
        _skip(log, f"{type(authenticator).__name__}.configure() raised", error)
        return False


def _entry_points(log: Log) -> Iterator[tuple[str, EntryPoint]]:
    """The entry points of our group with their distributions' names, in the order of these."""
    installed: dict[str, Distribution] = {}
    for one in distributions():
        # of several that are installed under one name, the first on the path is the one that Python imports
        installed.setdefault(_canonical(one), one)
    for name, one in sorted(installed.items(), key=lambda item: item[0]):
        try:
            found = [entry_point for entry_point in one.entry_points if entry_point.group == GROUP]
        except Exception as error:  # noqa: BLE001 - a file that anybody may have written
            if GROUP in (one.read_text("entry_points.txt") or ""):
                _skip(log, f"The plug-ins of {name!a} are skipped: their entry_points.txt cannot be read", error)
            continue
        for entry_point in found:
            yield name, entry_point


def _canonical(one: Distribution) -> str:
    """The name of a distribution, as indexes write it; empty when it cannot be read."""
    try:
        name: str | None = one.metadata["Name"]
    except Exception:  # noqa: BLE001 - a file that anybody may have written, or that is not there
        name = None
    return re.sub(r"[-_.]+", "-", name or "").lower()


def _load(owner: str, entry_point: EntryPoint, log: Log) -> type[Authenticator] | None:
    """The class that an entry point names; None, with a warning, when there is none."""
    what = f"The plug-in {entry_point.name!a} of {owner!a} is skipped: "
    try:
        cls: object = entry_point.load()
        if isinstance(cls, type) and issubclass(cls, Authenticator):
            return cls
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit too: code of others must not end the Hub
        _skip(log, f"{what}loading it raised", error)
    else:
        log.warning("%sit is no class of an Authenticator", what)
    return None


def _skip(log: Log, what: str, error: BaseException) -> None:
    # The text of an error of somebody else's may hold anything. What could not be imported is what operators need.
    why = f": {error}" if type(error) in (ImportError, ModuleNotFoundError) else ""
    log.warning("%s", f"{what}: {type(error).__name__}{why}".replace("\n", " "))
    log.debug("The traceback", exc_info=error)
