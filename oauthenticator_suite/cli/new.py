"""``oauthenticator-suite new``: a package with an authenticator of one's own, to begin with.

It is written from the template in the folder ``cookiecutter-authenticator``, which cookiecutter writes from as well.
"""

from __future__ import annotations

import argparse
import json
import keyword
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

HELP = "Write a package with an authenticator of your own, which other Hubs can install."

KINDS = ("form", "oauth", "base")
"""The first is the default. What they are is in the template: a folder of this name in its ``templates``."""

PROJECT = "{{cookiecutter.name}}"
"""The folder of the template that becomes the package's."""

MAX_NAME = 32
"""Characters of a name. It becomes part of names of classes, which are to fit into a line."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TAKEN = {"jupyterhub", "oauthenticator", "oauthenticator_suite", "tests"}


class NoPackageName(ValueError):
    """What was given cannot be the name of a package; the message says why, and what could."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``NAME``, ``--kind``, ``--author`` and ``--directory``."""
    parser.add_argument(
        "name",
        metavar="NAME",
        help="of the package, and of the login in jupyterhub_config.py: lab-login becomes the package lab_login with "
        "the class LabLoginAuthenticator",
    )
    parser.add_argument(
        "--kind",
        choices=KINDS,
        default=KINDS[0],
        help="form: people sign in on the Hub's own page (the default); oauth: at an OAuth 2.0 provider; base: in some "
        "other way, such as a proxy that says who they are",
    )
    parser.add_argument("--author", help="for the licence (default: user.name of git)")
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="the folder in which to make the folder NAME (default: the one you are in)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the package: 0. When it cannot be, say why: 1."""
    name: str = arguments.name
    target: Path = arguments.directory / name
    try:
        check_name(name)
        author = arguments.author or _author_by_git() or ""
        if not author.isprintable():
            raise NoPackageName("The author's name must be of one line, without control characters.")  # noqa: TRY301
        variables, files = render(name, arguments.kind, author)
        write(files, target)
    except (NoPackageName, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{target}: the package {variables['__package']} with the class {variables['__class']}\n\n"
        f'    cd {target}\n    pip install --editable ".[test]"\n    pytest\n\n'
        "README.md says how to use and publish it."
    )
    return 0


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a package, in the command's own words.

    Raises
    ------
    NoPackageName
        With a name that could be one, where there is one that is near.
    """
    if _NAME.fullmatch(name) is None or len(name) > MAX_NAME:
        near = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip("-0123456789")
        hint = f" {near} would do." if _NAME.fullmatch(near) and len(near) <= MAX_NAME else ""
        raise NoPackageName(
            f"{name!a} is no name: at most {MAX_NAME} small letters, digits and single hyphens, the first one a letter."
            f"{hint}"
        )
    package = name.replace("-", "_")
    if package in _TAKEN or keyword.iskeyword(package) or keyword.issoftkeyword(package):
        raise NoPackageName(f"{name!a} is no name: {package} means something else already.")
    if package in sys.stdlib_module_names:
        raise NoPackageName(f"{name!a} is no name: {package} is a module of Python's own.")


def template_folder() -> Path:
    """The template: inside the installed package, or beside it in a checkout.

    Raises
    ------
    FileNotFoundError
        When this installation lacks it.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "cookiecutter_authenticator", package.parent / "cookiecutter-authenticator"):
        if (folder / "cookiecutter.json").is_file():
            return folder
    raise FileNotFoundError("The template of a package is missing from this installation.")


def render(name: str, kind: str, author: str = "") -> tuple[Mapping[str, str], Mapping[Path, str]]:
    """The variables of the template, and the files to write with their text, by paths below the package's folder.

    Parameters
    ----------
    author:
        Empty: what the template says.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    template = template_folder()
    environment = Environment(  # noqa: S701 - plain text, as cookiecutter does it
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        loader=FileSystemLoader([template / PROJECT, template / "templates"]),
    )
    given = {"name": name, "kind": kind, **({"author": author} if author else {})}
    declared = json.loads((template / "cookiecutter.json").read_text(encoding="utf-8"))
    variables: dict[str, str] = {}
    for variable, default in declared.items():
        if variable in given:
            variables[variable] = given[variable]
        elif isinstance(default, str):
            variables[variable] = _rendered(environment, default, variables)
    files: dict[Path, str] = {}
    for path in sorted((template / PROJECT).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            inside = path.relative_to(template / PROJECT)
            text = environment.get_template(inside.as_posix()).render(cookiecutter=variables)
            files[Path(_rendered(environment, str(inside), variables))] = text
    return variables, files


def write(files: Mapping[Path, str], target: Path) -> None:
    """Write the files into a new folder.

    Raises
    ------
    FileExistsError
        When there is something already: nothing is overwritten.
    """
    try:
        target.mkdir(parents=True)
    except FileExistsError:
        raise FileExistsError(f"{target} is there already. Nothing was written.") from None
    for path, text in files.items():
        (target / path).parent.mkdir(exist_ok=True, parents=True)
        (target / path).write_text(text, encoding="utf-8", newline="\n")


def _rendered(environment: Environment, text: str, variables: Mapping[str, str]) -> str:
    return environment.from_string(text).render(cookiecutter=variables)


def _author_by_git() -> str:
    """The name under which the user's commits are made; empty without git."""
    try:
        asked = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()
