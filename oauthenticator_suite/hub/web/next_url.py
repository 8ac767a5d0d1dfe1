"""Validation of the ``next`` parameter: the browser is redirected only to a path of this Hub after signing in."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

MAX_NEXT_URL_LENGTH = 1800
"""Maximum length in characters. A longer URL would not fit into the login attempt's cookie."""

_DOTS = frozenset({".", "..", "%2e", ".%2e", "%2e.", "%2e%2e"})


def safe_next_url(value: str) -> str:
    """Return `value` as a path on this host, with query and fragment, or an empty string if it is not acceptable.

    Scheme and host are dropped, backslashes (which browsers treat as slashes) are encoded, and several leading slashes
    become one. A value with control characters, dot segments, another scheme or more than `MAX_NEXT_URL_LENGTH`
    characters is ignored. An invalid ``next`` is never an error for the user.
    """
    if not value or len(value) > MAX_NEXT_URL_LENGTH or any(ord(c) <= 0x20 or ord(c) == 0x7F for c in value):
        return ""
    try:
        parts = urlsplit(value.replace("\\", "%5C"))
        value.encode("utf-8")
    except ValueError:  # brackets without an IPv6 address, or a lone surrogate
        return ""
    if parts.scheme not in ("", "http", "https"):
        return ""
    path = "/" + parts.path.lstrip("/")
    if any(segment.lower() in _DOTS for segment in path.split("/")):
        return ""
    if path == "/" and not parts.query and not parts.path:
        return ""
    # Keeps existing percent-encoding and encodes characters that are not ASCII.
    safe = "/?:@!$&'()*+,;=-._~%"
    url = urlunsplit(("", "", quote(path, safe), quote(parts.query, safe), quote(parts.fragment, safe)))
    return url if len(url) <= MAX_NEXT_URL_LENGTH else ""
