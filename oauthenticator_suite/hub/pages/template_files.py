"""The templates: which there are, and where they are looked up."""

from __future__ import annotations

import functools
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH

PAGES = "suite"
"""The prefix under which this package's templates are found even if the operator has a template of the same name."""

SIGN_IN = "sign_in.html"
SIGN_IN_IN_LOGIN = "sign_in_in_login.html"
SIGN_IN_FORM = "sign_in_form.html"
MESSAGE = "sign_in_message.html"
CONTINUE = "sign_in_continue.html"
SIGN_OUT = "sign_out.html"
STATUS = "sign_in_status.html"
ADMIN = "sign_in_admin.html"

LOGIN, LOGOUT = "login.html", "logout.html"
"""Templates of JupyterHub, for which an operator may have replacements."""

_FOLDER = Path(__file__).parent / "templates"
_OURS = frozenset(path.name for path in _FOLDER.glob("*.html"))


def is_ours(name: str) -> bool:
    """Whether a template of this name is a part of this package."""
    return name in _OURS or name.startswith(f"{PAGES}/")


@functools.lru_cache(maxsize=8)
def environment_of(hub_environment: Environment) -> Environment:
    """The Hub's environment with the templates of this package. Those in the Hub's `template_paths` come first."""
    ours = FileSystemLoader(_FOLDER)
    operators = [hub_environment.loader] if hub_environment.loader else []
    return hub_environment.overlay(loader=ChoiceLoader([*operators, ours, PrefixLoader({PAGES: ours})]))


@functools.lru_cache(maxsize=16)
def is_replaced(hub_environment: Environment, name: str) -> bool:
    """Whether the operator has a template of their own in place of JupyterHub's template `name`."""
    found = hub_environment.get_template(name).filename
    return found is not None and Path(found) != Path(DATA_FILES_PATH) / "templates" / name
