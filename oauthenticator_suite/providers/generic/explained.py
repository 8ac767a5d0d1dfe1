"""Adds a preset's hints to the errors of a login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...errors import SuiteError
from ...hub.oauth.attempts import Attempt
from ...hub.oauth.connection import ProviderConnection
from ...hub.oauth.flow import CodeFlow


@contextmanager
def explained(hints: Mapping[str, str]) -> Iterator[None]:
    """Add to the detail of an error in this block the hint whose words are in it."""
    try:
        yield
    except SuiteError as error:
        for words, hint in hints.items():
            if words in error.detail:
                error.detail = f"{error.detail}; {hint}"
                break
        raise


class ExplainedFlow(CodeFlow):
    """The code flow. `hints` are of the preset."""

    hints: Mapping[str, str] = {}

    async def validate_response(self, params: Mapping[str, str], attempt: Attempt) -> str:
        """Errors that the provider sends with the browser."""
        with explained(self.hints):
            return await super().validate_response(params, attempt)


class ExplainedConnection(ProviderConnection):
    """The connection to the provider. `hints` are of the preset."""

    hints: Mapping[str, str] = {}

    async def verify_id_token(
        self, token_info: Mapping[str, Any], nonce: str | None, requested_at: float | None = None
    ) -> dict[str, Any] | None:
        """Errors of the ID token."""
        with explained(self.hints):
            return await super().verify_id_token(token_info, nonce, requested_at)
