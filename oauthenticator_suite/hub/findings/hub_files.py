"""The Hub's application, and its files, as checks see them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyterhub.app import JupyterHub

_LARGEST_FILE = 5_000_000
_OF_THE_CONTAINER = ("/run/secrets/", "/var/run/secrets/")
"""Folders in which Docker and Kubernetes mount secrets: only the container's processes see them."""


def application_of(authenticator: Any) -> JupyterHub | None:
    """The Hub's application; None for an authenticator without one. The children of another have it, too."""
    parent = authenticator.parent
    while parent is not None and not isinstance(parent, JupyterHub):
        parent = parent.parent
    return parent


def configuration_files(hub: JupyterHub) -> list[Path]:
    """The configuration files that the Hub, or a command in its place, has loaded."""
    return [Path(name) for name in hub.loaded_config_files]


def text_of(path: Path) -> str:
    """The text of a configuration file; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_FILE).decode("utf-8", "replace")
    except OSError:
        return ""


def sqlite_file(hub: JupyterHub) -> Path | None:
    """The Hub's database, when it is a file of SQLite."""
    url = str(hub.db_url)
    if "://" not in url:
        return Path(url)
    scheme, _, path = url.partition("://")
    name = path.partition("?")[0].removeprefix("/")
    return Path(name) if scheme.startswith("sqlite") and name and name != ":memory:" else None


def others_can_read(path: Path) -> bool:
    """Whether every user of the machine can read a file: its mode, and the modes of the folders above it.

    A secret that a container's platform mounts does not count: its folder belongs to the container.
    """
    try:
        real = path.resolve(strict=True)
        if f"{path.absolute()}".startswith(_OF_THE_CONTAINER) or any(part.startswith("..") for part in real.parts):
            return False
        if not real.stat().st_mode & stat.S_IROTH:
            return False
        return all(above.stat().st_mode & stat.S_IXOTH for above in real.parents)
    except OSError:
        return False


def named_files(value: Any) -> Iterator[Path]:
    """The files that the value of an option names."""
    values = value.values() if isinstance(value, dict) else (value,)
    for each in values:
        if isinstance(each, (str, os.PathLike)) and len(str(each)) < 1000 and "\n" not in str(each):
            path = Path(each)
            if path.is_absolute() and path.is_file():
                yield path
