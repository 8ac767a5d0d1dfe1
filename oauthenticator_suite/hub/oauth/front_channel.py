"""What the Hub keeps of messages that go through the browser in another way than in the query of a URL."""

from __future__ import annotations

from .form_post import PostedResponses
from .request_objects import RequestObjects


class FrontChannelMessages:
    """The kept messages of one authenticator's logins.

    Attributes
    ----------
    posted_responses:
        Authorization responses that arrive as a form.
    request_objects:
        Request objects that the provider fetches.
    """

    def __init__(self, provider: str) -> None:
        self.posted_responses = PostedResponses(provider)
        self.request_objects = RequestObjects()
