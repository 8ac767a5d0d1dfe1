"""Where a browser may be sent after signing in: always a path of this hub."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

MAX_NEXT_URL_LENGTH = 1800
"""Characters. What is longer would not fit into the attempt's cookie with the rest, and no page here needs it."""

_DOTS = frozenset({".", "..", "%2e", ".%2e", "%2e.", "%2e%2e"})


def safe_next_url(value: str) -> str:
    """`value` as a path on this host (with its query and fragment), or an empty string when it is better ignored.

    Scheme and host are dropped, backslashes (which browsers read as slashes) neutralised, leading slashes made one.
    Control characters, dot segments, other schemes and more than `MAX_NEXT_URL_LENGTH` characters make the whole value void: a
    wrong ``next`` is never an error for the person who signs in.
    """
    if not value or len(value) > MAX_NEXT_URL_LENGTH or any(ord(c) <= 0x20 or ord(c) == 0x7F for c in value):
        return ""
    try:
        parts = urlsplit(value.replace("\\", "%5C"))
        value.encode("utf-8")
    except ValueError:  # a bracket that is no IPv6 address; a lone surrogate
        return ""
    if parts.scheme not in ("", "http", "https"):
        return ""
    path = "/" + parts.path.lstrip("/")
    if any(segment.lower() in _DOTS for segment in path.split("/")):
        return ""
    if path == "/" and not parts.query and not parts.path:
        return ""
    # `quote` leaves what is already encoded alone (% is safe) and encodes what is not ASCII
    safe = "/?:@!$&'()*+,;=-._~%"
    url = urlunsplit(("", "", quote(path, safe), quote(parts.query, safe), quote(parts.fragment, safe)))
    return url if len(url) <= MAX_NEXT_URL_LENGTH else ""
