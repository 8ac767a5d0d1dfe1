"""Creates the authenticator of a configuration as the Hub would, without starting the Hub.

The Hub stops at the first value that an option does not accept. Here such a value is a finding, the option is removed,
and the authenticator is created without it, so that all findings show at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from traitlets import TraitError
from traitlets.config import Config, Configurable

from ... import registry
from ...errors import ConfigurationError
from ...hub.findings.finding import ERROR, Finding, collecting
from ...hub.findings.kinds import (
    INVALID_VALUE,
    NOT_CREATED,
    NOT_INSTALLED,
    START_UP_WARNING,
    UNKNOWN_CLASS,
    UNKNOWN_HUB_OPTION,
)
from ...hub.options.trait_types import Renamed
from ...multi.startup.entries import class_of
from .quiet_log import QuietLog, warnings_in
from .sources import HubConfiguration

_MOST_REMOVED = 50
_IN_ENTRY = re.compile(r"^c\.\w+\.authenticators\[\d+\]: ")
_UNRECOGNIZED = re.compile(r"Config option `(\w+)` not recognized by `(\w+)`(?:.*Did you mean (?:one of: )?`([^`]*)`)?")
_SAID_BY_CHECKS = ("Allowed set contains single-character names", "Admin set contains single-character names")
_NAMED = re.compile(r"^c\.\w+\.\w+")
_OPTION = re.compile(r"\b(?:c\.)?([A-Z]\w*)\.([a-z_]\w*)")
_TRAIT = re.compile(r"The '(\w+)' trait")
_OF_TRAITLETS = re.compile(r"^The '\w+' trait of an? .*? instance (?=expected|must be|contains)")


@dataclass
class Created:
    """The Hub's application and its authenticator, neither of which is started.

    Attributes
    ----------
    hub:
        The application, with the options of the configuration.
    cls:
        The class of the authenticator; None when it cannot be loaded.
    authenticator:
        None when it cannot be created.
    findings:
        What the creation found.
    removed:
        The options, such as ``c.GitHubOAuthenticator.scope``, without which the authenticator was created.
    """

    hub: Any = None
    cls: type[Authenticator] | None = None
    authenticator: Any = None
    findings: list[Finding] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)


def create(configuration: HubConfiguration) -> Created:
    """Create the authenticator, in the environment of the Hub's process."""
    config = deepcopy(configuration.config)
    created = Created()
    for _ in range(_MOST_REMOVED):
        log = QuietLog.new()
        with collecting() as collected:
            error = _attempt(created, config, log, configuration)
        created.findings += collected
        created.findings += [each for text in warnings_in(log) for each in _of_log(text)]
        if error is None:
            break
        option, owner = _culprit(error) or ("", None)
        if isinstance(owner, JupyterHub) and option == "authenticator_class":
            created.cls = None
            created.findings.append(_unknown_class(config))
            break
        full = _full_name(config, owner, option, _texts(error)) if option else ""
        if not full or not any(each.option == full and each.severity == ERROR for each in created.findings):
            created.findings.append(_finding(error, full))
        if not option or not _remove(config, owner, option, _texts(error)):
            created.authenticator = None
            break
        created.removed.add(full)
    created.findings = list(dict.fromkeys(created.findings))
    return created


def _of_log(text: str) -> Iterator[Finding]:
    """The finding for a warning that the creation logs. What a check says as well is left out."""
    unrecognized = _UNRECOGNIZED.search(text)
    if unrecognized and issubclass(JupyterHub, _classes_named(unrecognized[2])):
        fix = f"Did you mean {unrecognized[3]}?" if unrecognized[3] else ""
        option = f"c.{unrecognized[2]}.{unrecognized[1]}"
        yield UNKNOWN_HUB_OPTION.finding(option, "has no effect: there is no such option of JupyterHub", fix)
    elif not unrecognized and not text.startswith(_SAID_BY_CHECKS):
        option = next(iter(_NAMED.findall(text)), "")
        reason = text.removeprefix(f"{option} ") if option else text
        yield START_UP_WARNING.finding(option if reason != text else "", reason.rstrip("."))


def _classes_named(name: str) -> tuple[type, ...]:
    return tuple(cls for cls in JupyterHub.__mro__ if cls.__name__ == name)


def entry_point_of(class_name: str) -> str:
    """The name of the entry point of a class of this package; empty if there is no such class."""
    return next((name for name, (_, cls) in registry.classes().items() if cls == class_name), "")


def _unknown_class(config: Config) -> Finding:
    option = "c.JupyterHub.authenticator_class"
    given = config.JupyterHub.authenticator_class
    ours = entry_point_of(given.rpartition(".")[2]) if isinstance(given, str) else ""
    if ours:
        return UNKNOWN_CLASS.finding(option, f"= {given!r} is not an authenticator", f"Did you mean {ours!r}?")
    try:
        class_of(config.JupyterHub.authenticator_class, option)
    except ConfigurationError as error:
        reason, fix = _reason_and_fix(error.detail.removeprefix(f"{option}: "))
        return UNKNOWN_CLASS.finding(option, f"= {reason}", fix)
    return UNKNOWN_CLASS.finding(option, "is not an authenticator")


def _reason_and_fix(detail: str) -> tuple[str, str]:
    """The two parts of what `class_of` says about a class that is not installed; otherwise, no fix."""
    named, is_unknown, fix = detail.partition(" is not an authenticator; ")
    return (f"{named} is not an authenticator", f"{fix[:1].upper()}{fix[1:]}") if is_unknown else (detail, "")


def _full_name(config: Config, owner: Any, option: str, text: str) -> str:
    """The option as it is written in the configuration, also in an entry of `MultiAuthenticator`."""
    for section, number, entry in entries_in(config):
        named = f"c.{section}.authenticators[{number}]"
        if named in text and isinstance(entry.get("config"), dict) and option in entry["config"]:
            return f"{named}['config'].{option}"
    return f"c.{type(owner).__name__}.{option}"


def entries_in(config: Config) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """The entries of `MultiAuthenticator` that are dicts, with their section and number."""
    for section, options in config.items():
        given = options.get("authenticators") if isinstance(options, Config) else None
        for number, entry in enumerate(given if isinstance(given, list) else ()):
            if isinstance(entry, dict):
                yield section, number, entry


def _attempt(created: Created, config: Config, log: Any, configuration: HubConfiguration) -> BaseException | None:
    try:
        hub: Any = JupyterHub(log=log)
        hub.update_config(deepcopy(config))
        hub._loaded_config_files = [str(path) for path in configuration.files]
        created.hub = hub
        created.cls = hub.authenticator_class
        created.authenticator = created.cls(parent=hub, _deprecated_db_session=None)
        hub.authenticator = created.authenticator
    except (ConfigurationError, TraitError) as error:
        return error
    except Exception as error:  # noqa: BLE001 - of another package's class, or of the operator's
        return error
    return None


def _finding(error: BaseException, option: str) -> Finding:
    detail = error.detail if isinstance(error, ConfigurationError) else str(error)
    entry = _IN_ENTRY.match(detail)
    detail = _IN_ENTRY.sub("", detail)
    if option.startswith("c.JupyterHub.") and option.endswith("_class") and "could not be imported" in detail:
        name = detail.partition("but ")[2].partition(" could not")[0]
        return NOT_INSTALLED.finding(option, f"is {name}, which cannot be imported here")
    if option:
        return INVALID_VALUE.finding(option, _without(detail, option))
    place = _IN_ENTRY.match(error.detail) if isinstance(error, ConfigurationError) else None
    if place:
        return NOT_CREATED.finding(place[0].removesuffix(": "), *_reason_and_fix(detail))
    if isinstance(error, (ConfigurationError, TraitError)):
        named = _named(detail) or (entry[0].rstrip(": ") if entry else "")
        return NOT_CREATED.finding(named, _without(detail, named))
    return NOT_CREATED.finding("", f"the authenticator cannot be created: {type(error).__name__}")


def _short(text: str) -> str:
    return text if len(text) <= 500 else f"{text[:500]}…"


def _named(text: str) -> str:
    """The option that the text of an error names; empty if it names none."""
    found = _OPTION.search(text)
    return f"c.{found[1]}.{found[2]}" if found else ""


def _without(text: str, option: str) -> str:
    """The text without the option at its beginning."""
    text = _OF_TRAITLETS.sub("", text).rstrip(".")
    text = f"must be {text.removeprefix('expected ')}" if text.startswith("expected ") else text
    name = option.rpartition(".")[2]
    return _short(re.sub(rf"^(c\.)?\w+\.{re.escape(name)}:? ", "", text) if name else text)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it replaced."""
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__


def _texts(error: BaseException) -> str:
    return " ".join(str(each) for each in _chain(error))


def _culprit(error: BaseException) -> tuple[str, Any] | None:
    """The option that could not be set, and the object or class that has it; None when the error is about none.

    traitlets does not say it, so that the frames of the error are read.
    """
    found: tuple[str, Any] | None = None
    for each in _chain(error):
        step = each.__traceback__
        while step is not None:
            found = _in_frame(step.tb_frame) or found
            step = step.tb_next
        if found is None:
            continue
        named = _TRAIT.search(str(each))
        if named and isinstance(found[1], Configurable) and found[1].has_trait(named[1]):
            return named[1], found[1]
        return found
    return None


def _in_frame(frame: FrameType) -> tuple[str, Any] | None:
    code, values = frame.f_code, frame.f_locals
    owner = values.get("self")
    if code.co_name == "_load_config" and isinstance(owner, Configurable):
        name = values.get("name")
        return (name, owner) if isinstance(name, str) else None
    if code.co_name == "_cross_validate" and isinstance(values.get("obj"), Configurable):
        return str(getattr(owner, "name", "")), values["obj"]
    change = values.get("change") or {}
    if code.co_name == "notify_change" and isinstance(change.get("owner"), Configurable):
        return str(change["name"]), change["owner"]
    trait = values.get("trait")
    owner = getattr(owner, "_owner", None)
    if code.co_name == "_assign" and isinstance(trait, Renamed) and isinstance(owner, Configurable):
        return str(trait.name), owner
    return None


def _remove(config: Config, owner: Any, option: str, text: str) -> bool:
    """Remove an option from the sections that its owner reads, or from the entry of a child."""
    removed = False
    for section in type(owner).section_names():
        if config._has_section(section) and option in config[section]:
            del config[section][option]
            removed = True
    for section, number, entry in entries_in(config):
        options = entry.get("config")
        if f"authenticators[{number}]" in text and isinstance(options, dict) and option in options:
            without = {**entry, "config": {name: value for name, value in options.items() if name != option}}
            config[section]["authenticators"] = [
                without if each is entry else each for each in config[section]["authenticators"]
            ]
            return True
    return removed
