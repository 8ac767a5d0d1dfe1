"""What the package needs of the environment that imports it, and the sentence for the operator when it is missing.

pip sees to all of it, but images are also built with ``pip install --no-deps``, or with the files alone.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata

from .registry import PACKAGE

OLDEST_PYTHON = (3, 10)
NEWEST_PYTHON = (3, 14)
"""The newest release on which the tests run. Newer ones may work."""

OLDEST_HUB = (5, 2)
NEWEST_HUB = (6,)
"""The supported releases, as in the package's requirements. Of `NEWEST_HUB`, all minor releases."""

OF_MEDIAWIKI = ("mwoauth", "oauthlib", "pyjwt", "requests")
"""The packages that only `MWOAuthenticator` needs."""

OF_SINGLE_CLASSES = frozenset({*OF_MEDIAWIKI, "python-pam"})
"""The packages without which all classes but one work. pip installs them; an image may leave them out."""


def requirements() -> list[str]:
    """The names of the packages that pip installs with this one; none if only the files of this one are there."""
    try:
        texts = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return []
    return [re.split(r"[^\w.-]", text, maxsplit=1)[0] for text in texts if "extra ==" not in text]


def is_installed(name: str) -> bool:
    """Whether a package is installed in this environment. Its metadata are not read: this runs at each import."""
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def hub_version() -> tuple[int, ...]:
    """The first numbers of the version of JupyterHub, without importing it; empty when it is not installed."""
    try:
        version = metadata.version("jupyterhub")
    except metadata.PackageNotFoundError:
        return ()
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def why_not(
    hub: Sequence[int],
    python: Sequence[int] = sys.version_info[:3],
    needed: Iterable[str] | None = None,
    installed: Callable[[str], bool] = is_installed,
) -> str:
    """Why the package cannot work here, in one sentence that says what to do; empty if it can.

    Parameters
    ----------
    hub, python:
        The versions of JupyterHub and Python, of which the first two numbers count. Without a version, it is one of the
        packages that may be missing.
    needed:
        The names of packages. The default is `requirements` without `OF_SINGLE_CLASSES`.
    installed:
        Whether a package is installed.
    """
    for name, found, oldest, advice in (
        ("Python", python, OLDEST_PYTHON, "create the environment of the Hub with a newer Python"),
        ("JupyterHub", hub, OLDEST_HUB, "update JupyterHub, after a backup of its database"),
    ):
        if found and tuple(found[:2]) < oldest:
            here = f"this environment has {_dotted(found[:3])}"
            return f"{PACKAGE} needs {name} {_dotted(oldest)} or newer, and {here}: {advice}"
    if needed is None:
        needed = set(requirements()) - OF_SINGLE_CLASSES
    missing = sorted(name for name in needed if not installed(name))
    return _not_installed(PACKAGE, missing) if missing else ""


def demand(packages: Iterable[str], by: str, installed: Callable[[str], bool] = is_installed) -> None:
    """Check that the packages of one class are installed. `by` is the class.

    Raises
    ------
    ImportError
        If they are not. The log has the same sentence, because JupyterHub does not show why a class cannot be imported.
    """
    missing = sorted(name for name in packages if not installed(name))
    if missing:
        stop(_not_installed(by, missing))


def stop(sentence: str) -> None:
    """Log the sentence, and raise it as an `ImportError`."""
    logging.getLogger(PACKAGE).critical(sentence)
    raise ImportError(sentence)


def _not_installed(what: str, missing: Iterable[str]) -> str:
    return f"{what} needs packages that are not installed: pip install {' '.join(missing)}"


def warning(hub: Sequence[int]) -> str:
    """A sentence about a JupyterHub that is newer than the supported ones; empty if it is not."""
    if tuple(hub[: len(NEWEST_HUB)]) <= NEWEST_HUB:
        return ""
    return (
        f"{PACKAGE} supports JupyterHub {_dotted(OLDEST_HUB)} to {_dotted(NEWEST_HUB)}, and this environment has "
        f"{_dotted(hub[:3])}: install a newer {PACKAGE}"
    )


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
