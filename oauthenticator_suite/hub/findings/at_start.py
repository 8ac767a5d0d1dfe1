"""The checks that an authenticator runs while it is created: on the configuration, before options are loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets.log import get_logger

from .finding import INFO, find, report
from .loaded import LoadedConfig
from .running import find_tolerantly


def check_loaded_config(cls: type[Any], kwargs: Mapping[str, Any], *, sections: bool = True) -> None:
    """Check the configuration that a new authenticator will read.

    Parameters
    ----------
    cls, kwargs:
        Its class, and the arguments of its constructor.
    sections:
        Whether to check names in the whole configuration. For a child of another authenticator this is never done,
        because only the parent knows which other classes read the same sections.

    Raises
    ------
    ConfigurationError
        When there are errors.
    """
    loaded = LoadedConfig.of_arguments(cls, kwargs)
    parent = loaded.parent
    findings = find(loaded, "sections", cls) if sections and not isinstance(parent, Authenticator) else []
    findings += find(loaded, "values", cls)
    report(findings, kwargs.get("log") or getattr(parent, "log", None) or get_logger())


def log_advice(authenticator: Any) -> None:
    """Log the findings of the stage ``advice``, one line each, with `log_findings`. None of them stops the start.

    They count among the findings of the start, in events and metrics.
    """
    if not authenticator.log_findings:
        return
    found = [*find_tolerantly(authenticator, "advice", type(authenticator))]
    authenticator.found_at_start = (*getattr(authenticator, "found_at_start", ()), *found)
    for finding in found:
        write = authenticator.log.info if finding.severity == INFO else authenticator.log.warning
        write("%s. [%s]", finding, finding.code)


def check_sections(
    authenticator: Any, children: Iterable[type[Any]], entries: Iterable[tuple[str, type[Any], Mapping[str, Any]]]
) -> None:
    """Check names in the whole configuration, for an authenticator with children of these classes.

    Parameters
    ----------
    entries:
        See `LoadedConfig`.

    Raises
    ------
    ConfigurationError
        When there are errors.
    """
    cls = type(authenticator)
    loaded = LoadedConfig(authenticator.config, authenticator.parent, (cls, *children), tuple(entries))
    report(find(loaded, "sections", cls), authenticator.log)
