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
from importlib.metadata import PackageMetadata, metadata
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
"""Lists in setup.py of what users install, and their headings. What tests and the documentation need is not among them."""

HEAD = """\
# Dependencies and their licences

What `pip install` brings besides this package: the packages that `setup.py` asks for, with the reason and the licence that
each of them states. Each release has a bill of materials in CycloneDX format, which lists what these packages bring in turn.

The tests, the documentation and the checks use further packages, which are never installed with the package. Their releases
are locked with hashes in `requirements/`, and a workflow compares them daily with the known vulnerabilities.
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


def licence(package: PackageMetadata) -> str:
    """The licence that an installed package states: an SPDX expression, or the words of its classifier or of its author."""
    if expression := package.get("License-Expression"):
        return str(expression)
    stated = [
        classifier.rpartition(" :: ")[2]
        for classifier in package.get_all("Classifier") or []
        if classifier.startswith("License :: ") and classifier != "License :: OSI Approved"
    ]
    if stated:
        return " and ".join(stated)
    first = str(package.get("License") or "").strip().partition("\n")[0]
    if not first:
        raise ValueError(f"{package['Name']} states no licence")
    return first


def page(found: dict[str, list[Dependency]]) -> str:
    """The whole page."""
    return "\n".join([HEAD, *_sections(found)])


def _sections(found: dict[str, list[Dependency]]) -> Iterator[str]:
    for name, heading in LISTS.items():
        yield f"## {heading}\n"
        yield "| Package | What for | Licence |\n|---|---|---|"
        for one in sorted(found[name], key=lambda one: one.name.lower()):
            yield f"| {one.name} | {_sentence(one.reason)} | {licence(metadata(one.name))} |"
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
