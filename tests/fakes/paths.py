"""Paths with places in them, such as `/groups/{id}/members/{user_id}`."""

from __future__ import annotations

from urllib.parse import unquote


def captured(template: str, raw_path: str) -> dict[str, str]:
    """What stands in the places of a template, unquoted once.

    The path is taken as it was sent: a slash that is quoted (`%2F`) does not end a part, and one quoted twice (`%252F`)
    is not a slash.
    """
    pairs = zip(template.split("/"), raw_path.split("/"), strict=False)
    return {place[1:-1]: unquote(part) for place, part in pairs if place.startswith("{")}
