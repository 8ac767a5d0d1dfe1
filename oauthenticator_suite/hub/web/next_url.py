"""Validation of the ``next`` parameter: the browser is redirected only to a path of this Hub after signing in."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_from_bytes, urlsplit, urlunsplit

MAX_NEXT_URL_LENGTH = 8000
"""Maximum length in characters. Common proxies and browsers do not accept a longer URL."""

_DOTS = frozenset({".", "..", "%2e", ".%2e", "%2e.", "%2e%2e"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SAFE = "/?:@!$&'()*+,;=-._~%"


def safe_next_url(value: str | bytes) -> str:
    """Return `value` as a path on this host, with query and fragment, or an empty string if it is not acceptable.

    Scheme and host are dropped, backslashes (which browsers treat as slashes) are encoded, and several leading slashes
    become one. Characters that a URL cannot contain, such as spaces, brackets and a ``%`` without two digits, are
    percent-encoded; bytes that are not UTF-8 are encoded one by one. So each path that a browser can request stays the
    same path.

    A value with control characters, dot segments, another scheme or more than `MAX_NEXT_URL_LENGTH` characters is
    ignored. An invalid ``next`` is never an error for the user.
    """
    if isinstance(value, bytes):
        value = _text(value)
    value = value.lstrip(" ")
    if not value or len(value) > MAX_NEXT_URL_LENGTH or _CONTROL.search(value):
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
    url = urlunsplit(("", "", _encoded(path), _encoded(parts.query), _encoded(parts.fragment)))
    return url if len(url) <= MAX_NEXT_URL_LENGTH else ""


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return quote_from_bytes(value, safe=bytes(range(0x80)))


def _encoded(part: str) -> str:
    """Keep existing percent-encoding, and encode what a URL cannot contain."""
    return _STRAY_PERCENT.sub("%25", quote(part, _SAFE))
