"""Runs Python configuration files as the Hub does, and reads those in JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from traitlets.config.loader import PyFileConfigLoader

from .tracing import Origins, Place, TracedConfig, addresses
from .unreadable import CannotReadConfiguration, of_exception


class Readings:
    """What has been read so far.

    Attributes
    ----------
    origins:
        Where each option was set.
    config:
        The options.
    files:
        The files that were read, in this order, without those that Python imported.
    """

    def __init__(self) -> None:
        self.origins = Origins()
        self.config = TracedConfig(self.origins)
        self.files: list[Path] = []

    def python(self, path: Path) -> None:
        """Run a file, and add what it sets.

        Raises
        ------
        CannotReadConfiguration
            When it cannot be read, or raises an exception.
        """
        readings = self

        class Loader(PyFileConfigLoader):  # type: ignore[misc]
            """Loads a file, and with ``load_subconfig`` others, into traced configurations."""

            def clear(self) -> None:
                self.config = TracedConfig(readings.origins)

            def _read_file_as_dict(self) -> None:
                readings.files.append(Path(self.full_filename))
                super()._read_file_as_dict()

        path = path.absolute()
        loader = Loader(path.name, str(path.parent))
        with as_the_hub_runs_it(path):
            self.config.merge(loader.load_config())

    def json(self, path: Path) -> None:
        """Add what a configuration file in JSON sets.

        Raises
        ------
        CannotReadConfiguration
            When it is not a JSON object with a known version.
        """
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise CannotReadConfiguration(f"is not valid JSON: {error.msg}", path, error.lineno) from None
        except (OSError, UnicodeDecodeError) as error:
            raise CannotReadConfiguration(f"cannot be read: {type(error).__name__}", path) from None
        if not isinstance(given, dict) or given.pop("version", 1) != 1:
            raise CannotReadConfiguration("must be a JSON object, with version 1 if it has a version", path)
        self.files.append(path)
        found = TracedConfig(self.origins)
        with self.origins:
            found.update(given)
        self.config.merge(found)
        for address, _ in addresses(found):
            self.origins.note(address, Place(str(path), 1))


@contextlib.contextmanager
def as_the_hub_runs_it(path: Path | str) -> Iterator[None]:
    """Run code of a configuration: what it prints goes to standard error, and Python writes no compiled files.

    Raises
    ------
    CannotReadConfiguration
        For any exception of the code.
    """
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except KeyboardInterrupt:
        raise
    except CannotReadConfiguration:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit as well: the Hub would end, too
        raise of_exception(error, path) from None
    finally:
        sys.dont_write_bytecode = written


def compiled(source: str, file: str, first_line: int) -> Any:
    """The code of a piece of a file, whose lines are those of the file.

    Raises
    ------
    SyntaxError
        With the line of the file.
    """
    return compile("\n" * (first_line - 1) + source, file, "exec")
