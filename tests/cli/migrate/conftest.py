"""A configuration is written to a file, and the command reads it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from oauthenticator_suite.cli.migrate.files import Configuration, read
from oauthenticator_suite.cli.migrate.remarks import Remark


@dataclass
class Read:
    """What the command makes of one file."""

    configuration: Configuration

    @property
    def remarks(self) -> list[Remark]:
        return self.configuration.remarks.sorted()

    @property
    def after(self) -> str:
        (file,) = self.configuration.files
        return file.after

    @property
    def by_hand(self) -> list[str]:
        return [str(remark) for remark in self.remarks if remark.by_hand]

    def verdicts(self, subject: str) -> list[str]:
        """The verdicts about one subject."""
        return [remark.verdict for remark in self.remarks if remark.subject == subject]

    def line(self, subject: str) -> int:
        return next(remark.line for remark in self.remarks if remark.subject == subject)

    def text(self, subject: str) -> str:
        """Everything that is said about one subject."""
        return "\n".join(remark.text for remark in self.remarks if remark.subject == subject)


Migrate = Callable[..., Read]


@pytest.fixture
def migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Migrate:
    """`migrated("c.… = …")`: a Python configuration; `migrated("hub: …", "values.yaml")`: values."""

    def run(text: str, name: str = "jupyterhub_config.py") -> Read:
        (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        return Read(read(Path(name)))

    return run
