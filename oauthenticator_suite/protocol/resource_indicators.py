"""Resource indicators: for which resource servers a client requests tokens (RFC 8707)."""

from __future__ import annotations

import re
from collections.abc import Sequence

# RFC 3986 §4.3 with its characters. A fragment is not allowed (RFC 8707 §2).
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]+")


def resource_problem(uri: str) -> str:
    """Why `uri` cannot be a resource indicator (RFC 8707 §2); empty if it can."""
    if "#" in uri:
        return "has a fragment (#), which a resource must not have"
    if not _ABSOLUTE_URI.fullmatch(uri):
        return "is not an absolute URI such as https://api.example.org/"
    return ""


def resource_fields(resources: Sequence[str]) -> dict[str, str | list[str]]:
    """The fields of an authorization or token request for these resources (§2.1, §2.2); without any, no field.

    Several resources are several parameters of the same name.
    """
    unique = list(dict.fromkeys(resources))
    if not unique:
        return {}
    return {"resource": unique[0] if len(unique) == 1 else unique}
