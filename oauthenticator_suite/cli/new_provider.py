"""``oauthenticator-suite new NAME --provider``: scaffolds a provider inside a checkout of this repository.

It writes new files from the templates in ``cookiecutter-authenticator/provider``, and inserts the provider into the
files that list all providers. A file in which it finds no place for the insertion is left unchanged and reported; the
tests then say what is missing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path("cookiecutter-authenticator/provider")

_MARKS_OF_A_CHECKOUT = ("oauthenticator_suite/registry.py", "tests/contract/cases/base.py", str(TEMPLATES))


@dataclass(frozen=True)
class Insertion:
    """Text to insert into a file of the checkout.

    Attributes
    ----------
    template:
        The name of the template of the text; or the text itself, if it has no suffix.
    path:
        The file, relative to the checkout.
    entry:
        A regular expression that matches the beginning of each existing entry, with the entry's name as its group. The
        text goes before the first entry with a greater name, else before `end`.
    end:
        A regular expression that matches the text after the last entry.
    key:
        The variable that is compared with the names of entries.
    """

    template: str
    path: str
    entry: str
    end: str
    key: str = "cls"


_NEW_FILES = {
    "provider.py": "oauthenticator_suite/providers/<< module >>.py",
    "case.py": "tests/contract/cases/<< module >>.py",
    "fake.py": "tests/fakes/<< module >>.py",
    "test_fake.py": "tests/fakes/test_<< module >>.py",
    "page.md": "docs/how-to/<< name >>.md",
    "options_page.md": "docs/reference/options/<< name >>.md",
}

_INSERTIONS = (
    Insertion(
        '    Registered("<< name >>", "<< cls >>", "providers.<< module >>", "<< name >>"),\n',
        "oauthenticator_suite/registry.py",
        r'^    Registered\("([\w-]+)", "\w+", "providers\.',
        r"^\)$",
        "name",
    ),
    Insertion(
        "    from .providers.<< module >> import << cls >> as << cls >>\n"
        "    from .providers.<< module >> import Local<< cls >> as Local<< cls >>\n",
        "oauthenticator_suite/__init__.py",
        r"^    from \.providers\.(\w+) import",
        r"^\n_MODULES = ",
        "module",
    ),
    Insertion(
        "own_options.py",
        "tests/contract/own_options.py",
        r'^    "(\w\w+OAuthenticator)": OwnOptions\(',
        r'^\}\n"""By the class\'s name',
    ),
    Insertion("changelog.md", "CHANGELOG.md", r"(?!)()", r"^- "),
    Insertion(
        "options/<< name >>\n",
        "docs/reference/options.md",
        r"^options/((?!shared$|dictionary$|pam$|simple$|multi$|local-users$)[\w-]+)$",
        r"^options/dictionary$",
        "name",
    ),
    Insertion("how-to/<< name >>\n", "docs/index.md", r"^how-to/(git\w+|google)$", r"^how-to/jupyterhub", "name"),
    Insertion(
        "[<< title >>](<< name >>.md),\n  ",
        "docs/how-to/choose-a-provider.md",
        r"(?!)()",
        r"\[GitHub\]\(github\.md\)",
    ),
    Insertion(
        "| << title >> | `suite-<< name >>` | [<< title >>](docs/how-to/<< name >>.md) |\n",
        "README.md",
        r"^\| .+ \| `suite-(forgejo|git\w+|google|mediawiki|jupyterhub)\b.*$",
        r"^\| An account on the Hub's server",
        "name",
    ),
)


class NotHere(Exception):
    """The provider cannot be written; the message says why."""


def checkout(start: Path) -> Path:
    """The checkout of this repository that contains the folder `start`.

    Raises
    ------
    NotHere
        When `start` is in none.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if all((folder / mark).exists() for mark in _MARKS_OF_A_CHECKOUT):
            return folder
    raise NotHere(
        "--provider adds a provider to oauthenticator_suite itself: run it inside a checkout of its repository. For a "
        "package of your own, run: oauthenticator-suite new NAME --kind oauth"
    )


def variables(name: str, *, openid: bool) -> dict[str, str | bool]:
    """The variables of the templates for a provider called `name`."""
    words = name.split("-")
    short = "".join(word.capitalize() for word in words)
    return {
        "name": name,
        "module": "_".join(words),
        "variable": "_".join(words).upper(),
        "short": short,
        "cls": f"{short}OAuthenticator",
        "fake": f"Fake{short}",
        "title": " ".join(word.capitalize() for word in words),
        "openid": openid,
    }


def write_provider(folder: Path, name: str, *, openid: bool) -> Iterator[str]:
    """Write a provider into the checkout `folder`; yields a line for each file, and for each that is left to do.

    Raises
    ------
    NotHere
        When the checkout already has one of the new files. Nothing is written then.
    """
    values = variables(name, openid=openid)
    environment = _environment(folder)
    new = {template: folder / _fill(environment, path, values) for template, path in _NEW_FILES.items()}
    if there := [path for path in new.values() if path.exists()]:
        raise NotHere(f"{there[0]} already exists. Nothing was written.")
    for template, path in new.items():
        path.write_text(environment.get_template(template).render(values), encoding="utf-8", newline="\n")
        yield f"wrote    {path.relative_to(folder)}"
    for insertion in _INSERTIONS:
        path = folder / insertion.path
        is_file = (folder / TEMPLATES / insertion.template).is_file()
        text = (
            environment.get_template(insertion.template).render(values)
            if is_file
            else _fill(environment, insertion.template, values)
        )
        before = path.read_text(encoding="utf-8")
        after = inserted(before, text, insertion, str(values[insertion.key]))
        if after is None:
            yield f"TO DO    {insertion.path}: add {' '.join(text.split())}"
        else:
            path.write_text(after, encoding="utf-8", newline="\n")
            yield f"changed  {insertion.path}"
    changed = (folder / insertion.path for insertion in _INSERTIONS)
    _format(folder, [path for path in (*new.values(), *changed) if path.suffix == ".py"])


def inserted(before: str, text: str, insertion: Insertion, name: str) -> str | None:
    """`before` with `text` at the place that `insertion` describes; None when there is no such place."""
    entries = list(re.finditer(insertion.entry, before, re.MULTILINE))
    after = next((match for match in entries if match[1].lower() > name.lower()), None)
    if after is None:
        start = entries[-1].end() if entries else 0
        after = re.compile(insertion.end, re.MULTILINE).search(before, start)
    if after is None:
        return None
    gap = "\n" if after.start() == len(before) else ""
    return before[: after.start()] + gap + (text.removesuffix("\n") if gap else text) + before[after.start() :]


def _environment(folder: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(  # noqa: S701 - plain text
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        loader=FileSystemLoader(folder / TEMPLATES),
    )


def _fill(environment: Environment, template: str, values: Mapping[str, str | bool]) -> str:
    return environment.from_string(template).render(values)


def _format(folder: Path, paths: list[Path]) -> None:
    """Format these files, if ruff is installed: the length of the name decides where lines are broken."""
    for command in (["check", "--fix", "--quiet", "--exit-zero"], ["format", "--quiet"]):
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "ruff", *command, *map(str, paths)], cwd=folder, check=False, capture_output=True
        )
