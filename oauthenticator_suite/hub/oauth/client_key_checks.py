"""Start-up checks of the client's keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..findings.finding import ERROR, Check, Problem, check


@check(
    "client-key",
    ERROR,
    "The file of `client_key_file` cannot be read, or has no private key that can be used.",
    "Correct the path, or make a file: `oauthenticator-suite client-key FILE`.",
)
def client_key(authenticator: Any) -> Iterator[Problem]:
    """No request could be signed."""
    if authenticator.client_key_file:
        authenticator.connection.keys.public_set()
    yield from ()


CLIENT_KEY_CHECKS: tuple[Check, ...] = (client_key,)
"""The checks of the client's keys, for every OAuth login."""
