"""Templates for URLs that follow from other options and from environment variables."""

from __future__ import annotations

import os
import re
from typing import Any

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def from_environment(*names: str) -> str:
    """The value of the first of these environment variables that is set and not empty, else an empty string.

    An entry may also be a template of variables, such as ``https://{GITLAB_HOST}``: it counts when all of them are set.
    Empty names are skipped. Call this when an authenticator is made, never at import.
    """
    values = (fill(name) if "{" in name else os.environ.get(name, "") for name in names if name)
    return next(filter(None, values), "")


def placeholders(template: str) -> list[str]:
    """The names of the attributes that a template refers to; environment variables are left out."""
    return [name for name in _PLACEHOLDER.findall(template) if not name.isupper()]


def fill(template: str, owner: Any = None) -> str:
    """The text that `template` stands for; an empty string when one of its placeholders is empty.

    ``{github_url}``
        the attribute `github_url` of `owner`, usually an option. A slash at its end is dropped where the template goes
        on with a slash.
    ``{OIDC_ISSUER}``
        the environment variable of this name, in capital letters.
    """
    filled, position = [], 0
    for match in _PLACEHOLDER.finditer(template):
        name = match[1]
        value = os.environ.get(name, "") if name.isupper() else str(getattr(owner, name))
        if not value:
            return ""
        if template.startswith("/", match.end()):
            value = value.rstrip("/")
        filled += [template[position : match.start()], value]
        position = match.end()
    return "".join([*filled, template[position:]])
