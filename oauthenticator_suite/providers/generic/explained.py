"""The code flow with a preset's hints in errors."""

from __future__ import annotations

from collections.abc import Mapping

from ...hub.oauth.attempts import Attempt
from ...hub.oauth.explained import explained
from ...hub.oauth.flow import CodeFlow


class ExplainedFlow(CodeFlow):
    """The code flow. `hints` are of the preset."""

    hints: Mapping[str, str] = {}

    async def validate_response(self, params: Mapping[str, str], attempt: Attempt) -> str:
        """Errors that the provider sends with the browser."""
        with explained(lambda: self.hints):
            return await super().validate_response(params, attempt)
