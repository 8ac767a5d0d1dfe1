"""CONTRIBUTING.md, "Where things are": the files that it names exist, and so do the classes and functions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS

PACKAGE = DOCS.parent / "oauthenticator_suite"
CONTRIBUTING = (DOCS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = CONTRIBUTING.partition("\n## Where things are\n")[2].partition("\n## ")[0]
QUESTIONS = re.split(r"^### ", SECTION, flags=re.MULTILINE)[1:]


def names(text: str) -> set[str]:
    """The names of code in a text."""
    return set(re.findall(r"`([^`]+)`", text))


def is_path(name: str) -> bool:
    return "/" in name or name.endswith(".py")


@pytest.mark.parametrize("name", sorted({*filter(is_path, names(SECTION))} - {"oauthenticator_suite/"}))
def test_a_file_exists(name: str) -> None:
    found = list(PACKAGE.glob(f"**/{name}")) if "/" not in name else [PACKAGE / name]
    assert found
    assert all(path.exists() for path in found)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.partition("\n")[0])
def test_a_name_is_in_one_of_the_files(question: str) -> None:
    paths: list[Path] = [PACKAGE / name for name in names(question) if "/" in name and name != "oauthenticator_suite/"]
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    for name in names(question):
        if not is_path(name):
            for word in re.findall(r"\w+", name):
                assert re.search(rf"\b{word}\b", source), f"{word} is in none of {sorted(map(str, paths))}"


def test_there_are_five_questions() -> None:
    assert len(QUESTIONS) == 5
