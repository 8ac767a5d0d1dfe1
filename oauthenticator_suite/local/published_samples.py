"""The sample passwords that the documentation, the examples and the demo publish."""

from __future__ import annotations

SALTS = frozenset(
    {
        "D1fYqRDkDcJhGL8FGczG0A",
        "v58YDCGGZtcRkY/8fhbDvQ",
        "FQwejui253iV41n5kVshow",
        "dsPzxkNohmfNbj21jPbFFQ",
        "wbBv1duQ14aEcmh7kj9wWg",
    }
)
"""The salts of the published hashes. A hash that an operator makes has another, random salt."""

PLAIN = frozenset({"correct horse", "battery staple", "battery: staple", "grace-demo-1"})
"""The published passwords in plain text."""


def is_published_sample(stored: str) -> bool:
    """Whether a password, in plain text or as an argon2 hash (PHC string), is one that this project publishes."""
    return stored in PLAIN or (stored.startswith("$argon2") and not SALTS.isdisjoint(stored.split("$")))
