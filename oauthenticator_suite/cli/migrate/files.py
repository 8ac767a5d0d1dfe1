"""The files of a configuration: what is read, and where the changed ones are written."""

from __future__ import annotations

import difflib
import io
import shutil
import stat
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..written_files import CannotUseFile
from ..written_files import replace as replace_file
from .python_reader import UnreadableConfiguration, read_python
from .reading import Reading
from .remarks import Remarks
from .rules import Rules
from .text import Text, apply_edits
from .yaml_reader import read_yaml

_YAML = (".yaml", ".yml", ".json")
_LARGEST = 5_000_000


@dataclass
class ConfigurationFile:
    """A file that was read.

    Attributes
    ----------
    path:
        Where it is.
    source:
        Its text, with the ends of lines as they are.
    encoding:
        As the file declares it.
    after:
        The text with the changes.
    """

    path: Path
    source: str
    encoding: str
    after: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether ``--write`` changes the file."""
        return self.after != self.source


@dataclass
class Configuration:
    """A configuration: one file, or the files of a folder in the order in which JupyterHub reads them.

    Attributes
    ----------
    path:
        What the command was given.
    files:
        Its files.
    remarks:
        What is said about them.
    rules:
        What was found in them.
    """

    path: Path
    files: list[ConfigurationFile]
    remarks: Remarks
    rules: Rules

    @property
    def is_changed(self) -> bool:
        """Whether ``--write`` changes a file."""
        return any(file.is_changed for file in self.files)


def read(path: Path) -> Configuration:
    """Read a configuration, and say what to change.

    Raises
    ------
    UnreadableConfiguration
        When a file cannot be read, or is not a configuration.
    """
    files = [_load(each) for each in _files_of(path)]
    remarks = Remarks()
    readings = []
    for file in files:
        reading = Reading(file.path, remarks.about(file.path))
        reader = read_yaml if file.path.suffix in _YAML else read_python
        reader(Text.of_file(file.source), reading)
        readings.append(reading)
    rules = Rules(readings)
    rules.apply()
    for file in files:
        file.after = apply_edits(file.source, remarks.edits(file.path))
        _check(file)
    return Configuration(path, files, remarks, rules)


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.iterdir() if each.suffix in (".py", *_YAML) and each.name[:1] not in "._")
    if not found:
        raise UnreadableConfiguration(f"{path} has no files that end with .py, .yaml or .yml")
    return found


def _load(path: Path) -> ConfigurationFile:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableConfiguration(f"{path} cannot be read: {error.strerror or error}") from None
    if len(raw) > _LARGEST:
        raise UnreadableConfiguration(f"{path} is too large for a configuration")
    try:
        encoding = "utf-8"
        if path.suffix not in _YAML:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else encoding
        source = raw.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise UnreadableConfiguration(f"{path} is not text in UTF-8, or in the encoding that it declares") from None
    if "\0" in source:
        raise UnreadableConfiguration(f"{path} is not text")
    return ConfigurationFile(path, source, encoding)


def _check(file: ConfigurationFile) -> None:
    """Read the changed text, so that no file is written that cannot be read."""
    if file.is_changed:
        reading = Reading(file.path, Remarks().about(file.path))
        reader = read_yaml if file.path.suffix in _YAML else read_python
        reader(Text.of_file(file.after), reading)


# --- writing ---------------------------------------------------------------------------------------------------------


class CannotWrite(Exception):
    """The changed configuration cannot be written."""


def default_output(path: Path) -> Path:
    """``jupyterhub_config.migrated.py`` for ``jupyterhub_config.py``, and the same for a folder."""
    return path.with_name(f"{path.stem}.migrated{path.suffix}")


def write(configuration: Configuration, output: Path, *, in_place: bool) -> Path:
    """Write the changed configuration and a diff, and return the path of the diff.

    New files have the permissions of the originals, because they have the same secrets; the diff has those that all of
    the originals have.

    Raises
    ------
    CannotWrite
        When a file exists, or cannot be written.
    """
    everywhere = _common_mode(file.path for file in configuration.files)
    patch = output.with_name(f"{output.name}.diff")
    names = {file.path: output if file.path == configuration.path else output / file.path.name
             for file in configuration.files}  # fmt: skip
    taken = [each for each in ({patch, *(() if in_place else (output,))}) if each.exists()]
    if taken:
        raise CannotWrite(
            f"{' and '.join(sorted(map(str, taken)))} exists: remove it, or name another file with --output"
        )
    try:
        if configuration.path.is_dir() and not in_place:
            output.mkdir(0o700)  # until the files in it have their permissions
            shutil.copytree(configuration.path, output, dirs_exist_ok=True)
        replace_file(patch, diff(configuration.files, names).encode(), everywhere)
        for file in configuration.files:
            if file.is_changed or not in_place:
                replace_file(names[file.path], file.after.encode(file.encoding), _common_mode([file.path]))
    except CannotUseFile as error:
        raise CannotWrite(str(error)) from None
    except OSError as error:
        raise CannotWrite(f"{error.filename}: {error.strerror}") from None
    return patch


def diff(files: Iterable[ConfigurationFile], names: dict[Path, Path]) -> str:
    """The unified diff of the changed files."""
    parts = []
    for file in files:
        before, after = (text.splitlines(keepends=True) for text in (file.source, file.after))
        lines = difflib.unified_diff(before, after, str(file.path), str(names[file.path]))
        parts += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
    return "".join(parts)


def _common_mode(paths: Iterable[Path]) -> int:
    """The permissions that all of the files have."""
    mode = 0o7777
    for path in paths:
        mode &= stat.S_IMODE(path.stat().st_mode)
    return mode
