"""Reads the configurations of this folder, puts them into a folder of a test, and runs the command on them."""

from __future__ import annotations

import contextlib
import io
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from oauthenticator_suite.cli import main

FOLDER = Path(__file__).parent
SECRETS = "/srv/secrets"
"""What the configurations call the folder of their secrets."""

MARK = "# <-- wrong"
_FILE = re.compile(r"(?P<path>\S+)(?: (?P<mode>0\d{3}))? = (?P<text>.*)")
_OF_A_HUB = (
    "OAUTH",
    "OIDC",
    "GITHUB",
    "GITLAB",
    "GOOGLE",
    "JUPYTERHUB",
    "CONFIGPROXY",
    "HTTP",
    "NO_PROXY",
    "ALL_PROXY",
)


@dataclass(frozen=True)
class Case:
    """A configuration, and what its first lines say of it.

    Attributes
    ----------
    path:
        The file, or the folder of files.
    option, fix:
        What the finding must name, and words that it must contain; empty for a configuration without a mistake.
    severity:
        ``info`` for a finding that is only a remark; empty for an error or a warning.
    environment:
        Variables; an empty value means that the variable is not set.
    files:
        Further files, each with its mode and contents.
    replaced:
        Texts of the configuration, and what takes their place.
    """

    path: Path
    option: str = ""
    fix: tuple[str, ...] = ()
    severity: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> Case:
        """The case in a file, or in the files of a folder."""
        option, fix, severity = "", (), ""
        environment: dict[str, str] = {}
        files: dict[str, tuple[int, str]] = {}
        for text in (file.read_text("utf-8") for file in configuration_files(path)):
            for line in text.splitlines():
                name, colon, value = line.removeprefix("# ").partition(": ")
                if not line.startswith("# ") or not colon:
                    continue
                if name == "option":
                    option = value
                elif name == "fix":
                    fix = tuple(word.strip() for word in value.split(" | "))
                elif name == "severity":
                    severity = value
                elif name == "env":
                    variable, _, content = value.partition("=")
                    environment[variable] = content
                elif name == "file":
                    parts = _FILE.fullmatch(value)
                    assert parts is not None, f"{path}: {line}"
                    mode = int(parts["mode"] or "0600", 8)
                    files[parts["path"]] = mode, parts["text"].replace("\\n", "\n")
        return cls(path, option, fix, severity, environment, files)

    def marked(self) -> tuple[str, int] | None:
        """The name of the file and the number of the line that has the mistake; None when there is no such line."""
        for file in configuration_files(self.path):
            for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
                if MARK in line:
                    return file.name, number
        return None


@dataclass(frozen=True)
class Answer:
    """What the command said: its exit status, the findings of its report, and its error output."""

    status: int
    findings: list[dict[str, Any]]
    errors: str

    def of(self, *severities: str) -> list[dict[str, Any]]:
        """The findings of these severities."""
        return [each for each in self.findings if each["severity"] in severities]


def configuration_files(path: Path) -> list[Path]:
    """The file, or the files of the folder."""
    return [path] if path.is_file() else sorted(each for each in path.iterdir() if each.suffix in (".py", ".yaml"))


def cases(folder: str) -> list[Case]:
    """The cases of a folder next to this file."""
    return [Case.of(path) for path in sorted((FOLDER / folder).iterdir()) if path.name != "__pycache__"]


def checked(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Run ``oauthenticator-suite check`` on the case, in an environment with only the variables of the case."""
    import os

    for name in list(os.environ):
        if name.upper().startswith(_OF_A_HUB):
            monkeypatch.delenv(name)
    monkeypatch.setenv("JUPYTERHUB_CRYPT_KEY", "0123456789abcdef" * 4)
    for name, value in case.environment.items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
    secrets = folder / "secrets"
    secrets.mkdir()
    given = {f"{SECRETS}/client_secret": (0o600, "Zm9vYmFyLXNlY3JldC1vZi1hLWNsaWVudA\n"), **case.files}
    for name, (mode, text) in given.items():
        file = Path(name.replace(SECRETS, str(secrets)))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
    copied = folder / "configuration"
    copied.mkdir()
    for file in configuration_files(case.path):
        copy = copied / file.name
        text = file.read_text("utf-8")
        for old, new in {**case.replaced, SECRETS: str(secrets)}.items():
            text = text.replace(old, new)
        copy.write_text(text)
        copy.chmod(0o600)
    monkeypatch.chdir(folder)
    return _run(copied if case.path.is_dir() else copied / case.path.name)


def _run(path: Path) -> Answer:
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        status = main(["check", "--json", "-f", str(path)])
    text = output.getvalue()
    return Answer(status, json.loads(text)["findings"] if text else [], errors.getvalue())
