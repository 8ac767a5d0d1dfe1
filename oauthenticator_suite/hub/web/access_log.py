"""URLs in the access log, without the values that could be used to finish or to follow a sign-in."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

_SHOWN = frozenset(
    {
        "client_id",
        "code_challenge_method",
        "error",
        "iss",
        "next",
        "prompt",
        "redirect_uri",
        "response_mode",
        "response_type",
        "scope",
    }
)
"""Query parameters whose values may be in the log. All others, such as ``code``, ``state`` and ``nonce``, are not."""


def loggable_url(url: str) -> str:
    """Return `url` with ``[secret]`` for the values of query parameters that are not known to be harmless."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0]
    if not parts.query:
        return url
    fields = [field.partition("=") for field in parts.query.split("&")]
    query = "&".join(
        f"{name}={value if name in _SHOWN else '[secret]'}" if equals else "[secret]" for name, equals, value in fields
    )
    return urlunsplit(parts._replace(query=query, fragment=""))
