"""The parts of an authenticator for what goes through the browser in another way than in the query of a URL."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from .form_post import PostedResponses
from .request_objects import RequestObjects


class FrontChannelParts:
    """Base of `OAuthenticator`."""

    @cached_property
    def posted_responses(self: Any) -> PostedResponses:
        """Authorization responses that arrive as a form."""
        return PostedResponses(self.provider_id)

    @cached_property
    def request_objects(self: Any) -> RequestObjects:
        """Request objects that the provider fetches."""
        return RequestObjects()
