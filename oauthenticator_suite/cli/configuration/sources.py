"""Everything that a Hub's configuration consists of: files, folders, the environment and words of a command line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from jupyterhub.app import JupyterHub
from traitlets.config import Config

from .helm import FromValues, Values, apply, environment_of, hub_of_values
from .littlest import files_beside, is_littlest
from .python_files import Readings
from .quiet_log import QuietLog
from .tracing import Address, Origins, Place, addresses, plain
from .unreadable import CannotReadConfiguration

DEFAULT_FILE = Path("jupyterhub_config.py")

_YAML = (".yaml", ".yml")
_OF_A_MACHINE = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")
"""Variables of this machine that a process needs. The others are not in the Hub's container."""


@dataclass(frozen=True)
class HubConfiguration:
    """The configuration of a Hub, as it is after the Hub has read it.

    Attributes
    ----------
    config:
        The options.
    files:
        The files that were read.
    origins:
        Where each option was set.
    words:
        The Hub's command line.
    environment:
        The environment of the Hub's process; None for that of this process.
    from_values:
        What values of a Helm chart say besides options.
    """

    config: Config
    files: tuple[Path, ...] = ()
    origins: Origins = field(default_factory=Origins)
    words: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    from_values: FromValues = field(default_factory=FromValues)

    def place_of(self, address: Address) -> Place | None:
        """Where an option was set; None when that is not known."""
        return self.origins.places.get(address)

    @contextmanager
    def as_environment(self) -> Iterator[None]:
        """Have the environment of the Hub's process within the ``with`` block."""
        with _environment(self.environment):
            yield


@contextmanager
def _environment(given: Mapping[str, str] | None) -> Iterator[None]:
    if given is None:
        yield
        return
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(given)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def files_of(path: Path) -> list[Path]:
    """The path itself, or the configuration files in a folder, by name.

    Raises
    ------
    CannotReadConfiguration
        When there is none.
    """
    if not path.is_dir():
        if not path.exists():
            raise CannotReadConfiguration("there is no such file", path)
        return [path]
    suffixes = (".py", ".json", *_YAML)
    found = sorted(each for each in path.iterdir() if each.suffix in suffixes and each.name[0] not in "._")
    if not found:
        raise CannotReadConfiguration("has no files that end with .py, .json, .yaml or .yml", path)
    return found


def read(paths: Sequence[Path], words: Sequence[str] = ()) -> HubConfiguration:
    """Read a configuration, later files after earlier ones, and run the Python in it.

    Parameters
    ----------
    paths:
        Files and folders. All YAML files together are the values of one Helm chart. The `config.yaml` of The Littlest
        JupyterHub also stands for the files in `jupyterhub_config.d` next to it.
    words:
        The words of the Hub's command line, without the program's name.

    Raises
    ------
    CannotReadConfiguration
        When the Hub could not read it either.
    """
    files = [each for path in paths for each in files_of(path)]
    values = Values()
    for file in files:
        if file.suffix in _YAML:
            values.add(file)
    environment = None
    hub = hub_of_values(values)
    if hub is None and is_littlest(values.tree):
        files = _with_files_beside(files)
    if hub is not None:
        own = {name: os.environ[name] for name in _OF_A_MACHINE if name in os.environ}
        environment = {**own, **environment_of(values, hub)}
    readings = Readings()
    from_values = FromValues()
    with _environment(environment):
        applied = False
        for file in files:
            if file.suffix in _YAML:
                readings.files.append(file)
                from_values = from_values if applied else apply(values, readings)
                applied = True
            elif file.suffix == ".json":
                readings.json(file)
            else:
                readings.python(file)
        config = plain(readings.config)
        given = words_as_config(words)
        config.merge(given)
    for address, _ in addresses(given):
        readings.origins.places.pop(address, None)
    return HubConfiguration(config, tuple(readings.files), readings.origins, tuple(words), environment, from_values)


def _with_files_beside(files: Sequence[Path]) -> list[Path]:
    """The files, and after each `config.yaml` of The Littlest JupyterHub those that it runs as well, once."""
    found = list(files)
    for file in files:
        if file.suffix in _YAML:
            named = {each.resolve() for each in found}
            after = found.index(file) + 1
            found[after:after] = [each for each in files_beside(file) if each.resolve() not in named]
    return found


def words_as_config(words: Sequence[str]) -> Config:
    """The options in the words of a command line, as the Hub reads them.

    Raises
    ------
    CannotReadConfiguration
        When the Hub would not start with them.
    """
    if not words:
        return Config()
    app: Any = JupyterHub(log=QuietLog.new())
    output = StringIO()
    try:
        with redirect_stdout(output), redirect_stderr(output):
            app.parse_command_line(list(words))
    except SystemExit:
        raise CannotReadConfiguration(f"the Hub does not start with {_names(words)}") from None
    if app.extra_args:
        raise CannotReadConfiguration(f"the Hub does not know the arguments {_names(app.extra_args)}")
    found: Config = app.cli_config
    return found


def _names(words: Sequence[str]) -> str:
    """The words without their values, which may be secrets."""
    return " ".join(word.partition("=")[0] for word in words if word.startswith("-")) or "these arguments"
