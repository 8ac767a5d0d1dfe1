"""Adds what is known of a provider to the errors of a login."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from ...errors import SuiteError


@contextmanager
def explained(hints: Callable[[], Mapping[str, str]]) -> Iterator[None]:
    """Add to the detail of an error in this block the first hint whose words are in it: see `error_hints`.

    `hints` is called only for an error.
    """
    try:
        yield
    except SuiteError as error:
        for words, hint in hints().items():
            if words in error.detail:
                error.detail = f"{error.detail}; {hint}"
                break
        raise
