#!/usr/bin/env python3
"""Writes docs/reference/dependencies.md: each package that setup.py asks for, why, and its licence.

The names and reasons are those of setup.py, where each requirement has a comment. The licences are what the installed
packages state, so the packages of all extras that users install must be in this environment.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "reference" / "dependencies.md"

LISTS = {
    "install_requires": "Always installed",
    "DEMO": "The extra `demo`",
    "MIGRATE": "The extra `migrate`",
    "COMPLETION": "The extra `completion`",
}
"""Lists in setup.py of what users install, and their headings."""

HEAD = """\
# Dependencies and their licences

The packages that `setup.py` asks for, with the reason and the licence that each of them states. Each release comes with
a bill of materials in CycloneDX format, which also lists the dependencies of these packages.

The tests, the documentation and the checks use further packages, which an installation does not bring. Their releases
are locked with hashes in `requirements/`. A workflow looks for known vulnerabilities in them every day.
"""


@dataclass(frozen=True)
class Dependency:
    """One requirement of setup.py, and the comment on it."""

    requirement: Requirement
    reason: str

    @property
    def name(self) -> str:
        """The name of the package."""
        return self.requirement.name


def dependencies(text: str) -> dict[str, list[Dependency]]:
    """The requirements in `LISTS` of a setup.py with the given text.

    The reason is the comment behind a requirement, or the comments on the lines above it.
    """
    comments = {
        token.start[0]: token.string.removeprefix("#").strip()
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }
    found = {}
    for node in ast.walk(ast.parse(text)):
        name, value = "", None
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, node.value
        elif isinstance(node, ast.keyword):
            name, value = node.arg or "", node.value
        if name in LISTS and value is not None:
            constants = value.elts if isinstance(value, ast.List) else [value]
            found[name] = [
                Dependency(Requirement(ast.literal_eval(constant)), comments.get(constant.lineno, ""))
                for constant in constants
            ]
    return found


PHRASES = {
    "MIT": ("Permission is hereby granted, free of charge", "without restriction"),
    "BSD-3-Clause": ("Redistribution and use in source and binary forms", "names? of"),
    "BSD-2-Clause": ("Redistribution and use in source and binary forms",),
}
"""What a licence's text has in it, the narrower one first."""


def licence(package: Distribution) -> str:
    """The licence that an installed package states, as an SPDX expression, or in the words of its classifier.

    The metadata of some packages have neither an expression nor a short name: then the licence's text is recognized.
    """
    stated = package.metadata
    name = str(stated.get("License") or "").strip()
    if expression := stated.get("License-Expression"):
        return str(expression)
    if re.fullmatch(r"[\w.+-]+(?: (?:AND|OR) [\w.+-]+)*", name):
        return name
    for text in (name, *_licence_files(package)):
        for found, phrases in PHRASES.items():
            if all(re.search(phrase, " ".join(text.split())) for phrase in phrases):
                return found
    classifiers = [one for one in stated.get_all("Classifier") or [] if one.startswith("License :: OSI Approved :: ")]
    if not classifiers:
        raise ValueError(f"{stated['Name']} states no licence")
    return " and ".join(one.rpartition(" :: ")[2] for one in classifiers)


def _licence_files(package: Distribution) -> Iterator[str]:
    for file in package.files or []:
        if ".dist-info" in str(file) and re.search("(?i)licen[cs]e|copying", file.name):
            yield file.read_text()


def page(found: dict[str, list[Dependency]]) -> str:
    """The whole page."""
    return "\n".join([HEAD, *_sections(found)])


def _sections(found: dict[str, list[Dependency]]) -> Iterator[str]:
    for name, heading in LISTS.items():
        yield f"## {heading}\n"
        yield "| Package | What for | Licence |\n|---|---|---|"
        for one in sorted(found[name], key=lambda one: one.name.lower()):
            yield f"| {one.name} | {_sentence(one.reason)} | {licence(distribution(one.name))} |"
        yield ""


def _sentence(comment: str) -> str:
    return re.sub(r"^[a-z](?!\w*-)", lambda first: first[0].upper(), comment)


def main() -> int:
    """Write the page."""
    found = dependencies((REPOSITORY / "setup.py").read_text(encoding="utf-8"))
    PAGE.write_text(page(found).rstrip() + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
