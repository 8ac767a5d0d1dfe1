"""Adds what is known of a provider to the errors of a login."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import SuiteError


def explain(error: SuiteError, hints: Mapping[str, str]) -> None:
    """Add to the detail of an error the first hint whose words are in it: see `error_hints`."""
    for words, hint in hints.items():
        if words in error.detail:
            error.detail = f"{error.detail}; {hint}"
            break
