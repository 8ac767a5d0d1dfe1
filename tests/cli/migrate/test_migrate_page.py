"""The page about the command: its example is what the command does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oauthenticator_suite.cli import main

PAGE = Path(__file__).parents[3] / "docs/migrating/migrate-command.md"


def block(name: str) -> str:
    """The block of the page after a comment that names it."""
    found = re.search(
        rf"<!-- example: {name} -->\n\n```text\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S
    )
    assert found is not None
    return found[1]


def test_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("jupyterhub_config.py").write_text(block("before"), encoding="utf-8")
    assert main(["migrate", "--write"]) == 1
    assert f"$ oauthenticator-suite migrate --write\n{capsys.readouterr().out}" == block("report")
    assert Path("jupyterhub_config.migrated.py.diff").read_text(encoding="utf-8") == block("diff")
    assert main(["migrate", "-f", "jupyterhub_config.migrated.py"]) == 1
    assert "Nothing to change in the file." in capsys.readouterr().out
