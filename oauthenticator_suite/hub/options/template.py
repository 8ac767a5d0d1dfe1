"""URL templates with placeholders for other options and for environment variables."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_used: ContextVar[list[str] | None] = ContextVar("environment variables that were used", default=None)

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def from_environment(*names: str) -> str:
    """The value of the first of these environment variables that is set and not empty, else an empty string.

    A name may also be a template of variables, such as ``https://{GITLAB_HOST}``. It counts if all of its variables are
    set. Empty names are skipped. Call this function when an authenticator is created, not at import.
    """
    values = (fill(name) if "{" in name else _variable(name) for name in names if name)
    return next(filter(None, values), "")


def _variable(name: str) -> str:
    value = os.environ.get(name, "")
    used = _used.get()
    if value and used is not None:
        used.append(name)
    return value


@contextmanager
def variables_used() -> Iterator[list[str]]:
    """The names of the environment variables whose values this module returns within the ``with`` block."""
    used: list[str] = []
    token = _used.set(used)
    try:
        yield used
    finally:
        _used.reset(token)


def placeholders(template: str) -> list[str]:
    """The names of the attributes in a template, without environment variables."""
    return [name for name in _PLACEHOLDER.findall(template) if not name.isupper()]


def below(root: str, url: str) -> str:
    """A path below `root`, such as ``user`` below ``https://api.example.org``; a `url` with a scheme is returned."""
    return url if "://" in url or not url or not root else f"{root.rstrip('/')}/{url.lstrip('/')}"


def fill(template: str, owner: Any = None) -> str:
    """`template` with its placeholders replaced; an empty string if the value of a placeholder is empty.

    ``{github_url}``
        The attribute `github_url` of `owner`, usually an option. A slash at its end is removed if a slash follows the
        placeholder.
    ``{OIDC_ISSUER}``
        The environment variable of this name. Placeholders in capital letters are environment variables.
    """
    filled, position = [], 0
    for match in _PLACEHOLDER.finditer(template):
        name = match[1]
        value = _variable(name) if name.isupper() else str(getattr(owner, name))
        if not value:
            return ""
        if template.startswith("/", match.end()):
            value = value.rstrip("/")
        filled += [template[position : match.start()], value]
        position = match.end()
    return "".join([*filled, template[position:]])
