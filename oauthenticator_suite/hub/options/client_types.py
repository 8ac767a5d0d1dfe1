"""Trait types of the options by which the provider knows this Hub: the client's credentials, and the scopes."""

from __future__ import annotations

import re
from typing import Any

from traitlets import List, Unicode

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"  # zero-width characters, and the byte order mark
_OUTER = re.compile(rf"^[\s{_INVISIBLE}]+|[\s{_INVISIBLE}]+$")
_UNREPLACED = re.compile(r"\$\([A-Za-z_][\w.-]*\)|\$\{[A-Za-z_][^{}]*\}|\{\{[^{}]*\}\}|<%=[^<>]*%>")


def stripped(text: str) -> str:
    """`text` without white space and invisible characters at its ends, which copying and files add."""
    return _OUTER.sub("", text)


def unreplaced_variable(text: str) -> str:
    """The first variable in `text` that a program should have replaced; an empty string if there is none.

    Found are ``$(NAME)`` (Kubernetes), ``${NAME}`` (shells, Compose), ``{{ name }}`` (Helm, Ansible), ``<%= name %>``.
    """
    found = _UNREPLACED.search(text)
    return found[0] if found else ""


class ClientCredential(Unicode):
    """A client ID or a client secret. White space around it is removed: the start-up warns of it."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value without outer white space."""
        return stripped(super().validate(obj, value))


class Scopes(List):
    """A list of scopes. A string of scopes, with blanks or commas between them, is split. Duplicates are removed.

    Scopes with brackets are not split, because Globus writes blanks in them: ``transfer[data_access other]``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Unicode(), **kwargs)

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the scopes, in their order."""
        if isinstance(value, str):
            value = [value]
        scopes = super().validate(obj, value)
        return list(dict.fromkeys(scope for text in scopes for scope in _split(text)))


def _split(text: str) -> list[str]:
    if "[" in text:
        return [text.strip()]
    return [scope for scope in re.split(r"[\s,]+", text) if scope]
