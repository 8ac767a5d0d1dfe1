"""Forms that another site posts: without cookies, and of a limited size."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler

from ...protocol.messages import FORM

MAX_FORM = 65_536
"""Maximum size of a form, in bytes. A logout token, or an authorization response, has one or two thousand."""

MAX_READ = 4 * 1_048_576
"""Maximum number of bytes read from a request that is too large.

The bytes are discarded, so that the client can receive the response. After that the connection is closed.
"""


class UnreadableForm(Exception):
    """The request has no acceptable form. The text says what is wrong, and does not quote the request."""


class PostedForm(BaseHandler):
    """Mixin of handlers to which another site posts a form. Decorate them with `tornado.web.stream_request_body`.

    For its POST requests, cookies and API tokens are ignored, and no XSRF token is needed: a cross-site request cannot
    have one, and whatever such a request says must prove itself. Other requests are as usual.
    """

    async def prepare(self) -> None:
        """Limit the size of the request body."""
        self._body = bytearray()
        self._is_too_large = False
        if self.request.method == "POST":
            self._accept_cookie_auth = self._accept_token_auth = False
        connection: Any = self.request.connection
        connection.set_max_body_size(MAX_READ)
        await super().prepare()

    def check_xsrf_cookie(self) -> None:
        """Check nothing in a POST request: see the class."""
        if self.request.method != "POST":
            super().check_xsrf_cookie()

    def data_received(self, chunk: bytes) -> None:
        """Store a part of the body, up to `MAX_FORM` bytes."""
        if len(self._body) + len(chunk) > MAX_FORM:
            self._is_too_large = True
            self._body.clear()
        elif not self._is_too_large:
            self._body += chunk

    def posted_form(self) -> str:
        """The form, still encoded.

        Raises
        ------
        UnreadableForm
            If the body is too large, of another type, or not ASCII.
        """
        if self._is_too_large:
            raise UnreadableForm(f"the request has more than {MAX_FORM} bytes")
        if self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != FORM:
            raise UnreadableForm(f"the request's Content-Type is not {FORM}")
        try:
            return self._body.decode("ascii")
        except UnicodeDecodeError:
            pass
        raise UnreadableForm("the request body is not a valid form")
