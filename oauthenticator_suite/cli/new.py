"""``oauthenticator-suite new``: scaffolds a package with an authenticator, or a provider inside this repository.

A package is written from the template in the folder ``cookiecutter-authenticator``, which cookiecutter can use as well.
A provider is written by `oauthenticator_suite.cli.new_provider`.
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

from .new_provider import NotHere, checkout, write_provider

if TYPE_CHECKING:
    from jinja2 import Environment

HELP = "Create a package with an authenticator of your own, or add a provider to this repository."

KINDS = ("form", "oauth", "base")
"""The kinds of packages, the default first: each is a folder in the template's ``templates``."""

PROJECT = "{{cookiecutter.name}}"
"""The folder of the template that becomes the new folder."""

MAX_NAME = 32
"""The maximum length of a name. It becomes part of class names, which must fit into a line."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TAKEN = {"jupyterhub", "oauthenticator", "oauthenticator_suite", "tests"}

_DEPENDENCIES = {
    "aiodns", "aiohttp", "alembic", "argon2", "asyncio", "attr", "certipy", "cryptography", "dateutil", "idna",
    "jinja2", "joserfc", "jsonschema", "jupyter", "jupyterlab", "jwt", "multidict", "mwoauth", "notebook", "oauthlib",
    "packaging", "pam", "pamela", "pip", "psutil", "pydantic", "pytest", "requests", "setuptools", "shtab",
    "sqlalchemy", "tornado", "traitlets", "urllib3", "yaml", "yarl",
}  # fmt: skip
"""Modules that JupyterHub and this package import. A package of the same name would replace one of them."""

_ENTRY_POINTS = {
    "auth0", "azuread", "bitbucket", "cilogon", "default", "dummy", "generic-oauth", "github", "gitlab",
    "globus", "google", "local", "mediawiki", "null", "okpy", "openshift", "pam", "shared-password",
}  # fmt: skip
"""Authenticators of JupyterHub and of the package oauthenticator. Names with ``local-`` before one are taken too."""

_CLASSES = {
    f"{name}Authenticator" for name in ("Dictionary", "Dummy", "Form", "Local", "Multi", "Null", "O", "Simple", "Suite")
}
"""Classes whose sections in the configuration another class of the same name would share."""


class InvalidName(ValueError):
    """A name that a package cannot have. The message says why, and suggests another name."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``NAME`` and the options of the command."""
    parser.add_argument(
        "name",
        metavar="NAME",
        help="the name of the package, and of the login in jupyterhub_config.py: lab-login becomes the package "
        "lab_login with the class LabLoginAuthenticator",
    )
    parser.add_argument(
        "--kind",
        choices=KINDS,
        default=KINDS[0],
        help="form: users sign in on the Hub's page (the default); oauth: at an OAuth 2.0 provider; base: in another "
        "way, such as through a proxy that sends the user's name",
    )
    parser.add_argument("--author", help="the author in the licence (default: user.name of git)")
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="the folder in which to create the folder NAME (default: the current folder)",
    )
    parser.add_argument(
        "--provider",
        action="store_true",
        help="inside a checkout of this repository: add the provider NAME to oauthenticator_suite, with its class, "
        "registration, contract case, fake, options entry, page and changelog line",
    )
    parser.add_argument(
        "--openid", action="store_true", help="with --provider: for OpenID Connect (default: OAuth 2.0 with an API)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the package or the provider; returns the exit code, 1 after an error message."""
    name: str = arguments.name
    if arguments.provider:
        return _run_provider(name, arguments.directory, openid=arguments.openid)
    target: Path = arguments.directory / name
    try:
        check_package_name(name)
        author = arguments.author or _author_by_git() or ""
        _check_author(author)
        variables, files = render(name, arguments.kind, author)
        write(files, target)
    except (InvalidName, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{target}: the package {variables['__package']} with the class {variables['__class']}\n\n"
        f'    cd {target}\n    pip install --editable ".[test]"\n    pytest\n\n'
        "README.md says how to use and publish it."
    )
    return 0


def _run_provider(name: str, directory: Path, *, openid: bool) -> int:
    try:
        check_name(name)
        folder = checkout(directory)
        for line in write_provider(folder, name, openid=openid):
            print(line)
    except (InvalidName, NotHere, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    module = name.replace("-", "_")
    print(
        f"\nReplace the example URLs, claims and scopes in providers/{module}.py and tests/fakes/{module}.py with "
        "those in the provider's documentation. Then, in the checkout's environment:\n\n"
        "    python -m pip install --no-deps --editable .\n"
        f"    python -m pytest tests/contract/test_registration.py tests/fakes/test_{module}.py\n"
        f"    python -m pytest tests/contract -k {name}\n"
        "    python -m tests.docs.provider_table"
    )
    return 0


def check_name(name: str) -> None:
    """Refuse a name that a package cannot have.

    Raises
    ------
    InvalidName
        With a similar valid name, if there is one.
    """
    if _NAME.fullmatch(name) is None or len(name) > MAX_NAME:
        near = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip("-0123456789")
        hint = f" Try {near}." if _NAME.fullmatch(near) and len(near) <= MAX_NAME else ""
        raise InvalidName(
            f"{name!a} cannot be a name: use at most {MAX_NAME} lower-case letters, digits and single hyphens, "
            f"beginning with a letter.{hint}"
        )
    if name.startswith("suite-"):
        rest = name.removeprefix("suite-")
        raise InvalidName(
            f"{name!a} cannot be a name: names that begin with suite- belong to oauthenticator_suite. Try {rest}-login."
        )
    package = name.replace("-", "_")
    if package in _TAKEN or keyword.iskeyword(package) or keyword.issoftkeyword(package):
        raise InvalidName(f"{name!a} cannot be a name: {package} already has a meaning.")
    if package in sys.stdlib_module_names:
        raise InvalidName(f"{name!a} cannot be a name: {package} is a module of the standard library.")


def check_package_name(name: str) -> None:
    """Refuse a name that the package of an authenticator cannot have: see `check_name`.

    Raises
    ------
    InvalidName
        Also for the name of a module, an authenticator or a class that a Hub has already.
    """
    check_name(name)
    package = name.replace("-", "_")
    if package in _DEPENDENCIES:
        raise InvalidName(f"{name!a} cannot be a name: {package} is a module that JupyterHub needs. Try {name}-login.")
    if name.removeprefix("local-") in _ENTRY_POINTS:
        raise InvalidName(f"{name!a} cannot be a name: a Hub may have an authenticator of this name. Try {name}-login.")
    cls = _class_of(name)
    if cls in _CLASSES:
        raise InvalidName(f"{name!a} cannot be a name: there is a class {cls} already. Try {name}-login.")


def _class_of(name: str) -> str:
    """The class name, as in ``cookiecutter.json``."""
    title = f"{name}.".replace("-authenticator.", "").replace(".", "").replace("-", " ").title()
    return f"{title.replace(' ', '')}Authenticator"


def template_folder() -> Path:
    """The template: inside the installed package, or next to the package in a checkout.

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
    """The variables of the template, and the text of each file by its path below the new folder.

    Parameters
    ----------
    author:
        Empty: the default of the template.
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
        When the folder already exists: nothing is overwritten.
    """
    try:
        target.mkdir(parents=True)
    except FileExistsError:
        raise FileExistsError(f"{target} already exists. Nothing was written.") from None
    for path, text in files.items():
        (target / path).parent.mkdir(exist_ok=True, parents=True)
        (target / path).write_text(text, encoding="utf-8", newline="\n")


def _rendered(environment: Environment, text: str, variables: Mapping[str, str]) -> str:
    return environment.from_string(text).render(cookiecutter=variables)


def _check_author(author: str) -> None:
    if not author.isprintable():
        raise InvalidName("The author's name must be one line without control characters.")


def _author_by_git() -> str:
    """git's ``user.name``; empty without git."""
    try:
        asked = subprocess.run(
            ["git", "config", "user.name"],  # noqa: S607 - the git of the user who runs the command
            capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()
