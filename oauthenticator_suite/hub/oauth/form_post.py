"""Authorization responses that arrive as a form (OAuth 2.0 Form Post Response Mode).

The provider's page lets the browser post the response to the callback URL. Such a request comes from another site, so
that it has none of the Hub's cookies, and the login attempt cannot be found. So the Hub answers it with a redirect to
the same URL, with the form sealed in the query, and does what it does with every response in the request that follows.
The sealed form can be opened by the Hub alone, for a minute, once. A long form is kept in memory for as long, and only
its number is sealed: proxies limit the length of URLs.
"""

from __future__ import annotations

import secrets
import struct
import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler
from tornado import web
from tornado.httputil import url_concat

from ...errors import AttemptError, AuthorizationResponseError
from ...protocol.authorization import parse_query
from ...protocol.front_channel import takes_form_post
from ..expiring_store import ExpiringStore
from ..web.pages import SignInHandler, guarded
from ..web.posted_form import MAX_FORM, PostedForm, UnreadableForm
from ..web.sealed import Sealer

PARAMETER = "posted"
"""The query parameter with the sealed form."""

POSTED_LIFETIME = 60.0
"""For how many seconds a sealed form can be opened. The browser follows the redirect at once."""

MAX_SEALED = 2_000
"""Up to this length, the form itself is in the URL, which then has fewer than 3,000 characters."""

MAX_KEPT = 64
"""Maximum number of long forms in memory. A further one replaces the oldest."""

_MAX_USED = 100_000
_PURPOSE = "posted authorization responses"
_LAYOUT = struct.Struct(">d?")


class PostedResponses:
    """The authorization responses of one authenticator's logins, as they arrive at the callback.

    Parameters
    ----------
    provider:
        The `provider_id` of the authenticator. A form that was posted to another one's callback cannot be opened.
    clock:
        Returns seconds since the epoch.
    """

    def __init__(self, provider: str, clock: Callable[[], float] = time.time) -> None:
        self._provider = provider
        self._clock = clock
        self._kept = ExpiringStore[str](POSTED_LIFETIME, MAX_KEPT, clock)
        self._used = ExpiringStore[None](2 * POSTED_LIFETIME, _MAX_USED, clock)

    def params_of(self, handler: BaseHandler, response_mode: str) -> dict[str, str]:
        """The parameters of the response that this request to the callback brings.

        Parameters
        ----------
        response_mode:
            The option. With `form_post`, a code in the URL is refused.

        Raises
        ------
        AttemptError
            ``used`` or ``expired`` for a sealed form that was opened before, or is too old; ``missing`` for one that
            this Hub has not sealed for this callback.
        AuthorizationResponseError
            If the parameters are malformed, or arrive in another mode than they were asked for.
        """
        params = parse_query(handler.request.query)
        if not takes_form_post(response_mode):
            return params
        if PARAMETER in params:
            return parse_query(self._opened(handler, params[PARAMETER]), max_length=MAX_FORM)
        if not params.keys().isdisjoint(("code", "response")):
            raise AuthorizationResponseError(
                "invalid_response_mode",
                f"callback: the response is in the query, and response_mode is {response_mode!r}: the provider must "
                "send it as a form",
            )
        return params

    def seal(self, handler: BaseHandler, form: str) -> str:
        """The value of `PARAMETER` for a posted form."""
        self._kept.forget_old()
        self._used.forget_old()
        is_long = len(form) > MAX_SEALED
        if is_long:
            number = secrets.token_bytes(16)
            self._kept.put(number, form)
        data = _LAYOUT.pack(self._clock(), is_long) + (number if is_long else form.encode("ascii"))
        return Sealer.of(handler, _PURPOSE).seal(data, self._provider)

    def _opened(self, handler: BaseHandler, sealed: str) -> str:
        data = Sealer.of(handler, _PURPOSE).open(sealed, self._provider)
        if data is None:
            raise AttemptError("missing", "a posted response cannot be decrypted: this Hub has not sealed it")
        posted_at, is_long = _LAYOUT.unpack_from(data)
        self._kept.forget_old()
        if not -POSTED_LIFETIME <= self._clock() - posted_at <= POSTED_LIFETIME:
            raise AttemptError("expired", "a posted response was not used in time")
        digest = sha256(data).digest()
        if digest in self._used:
            raise AttemptError("used", "a posted response was used before")
        self._used.put(digest, None)
        content = data[_LAYOUT.size :]
        if not is_long:
            return content.decode("ascii")
        form = self._kept.pop(content)
        if form is None:
            raise AttemptError("expired", "a posted response is no longer in memory: the Hub was started again")
        return form


class KeepsPosted(Protocol):
    """The part of `FrontChannelMessages` that the handler uses."""

    posted_responses: PostedResponses


class PostedTo(Protocol):
    """The part of `OAuthenticator` that the handler uses."""

    @property
    def front_channel(self) -> KeepsPosted:
        """The kept messages."""


class FormPostCallback(PostedForm, SignInHandler):
    """Mixin of the callback's handler, for `response_mode` ``form_post``: see the module."""

    @guarded
    async def post(self) -> None:
        """Respond with 303 to the same URL with the sealed form, or to the page of an error."""
        authenticator: PostedTo = self.authenticator
        try:
            form = self.posted_form()
        except UnreadableForm as error:
            problem = str(error)
        else:
            sealed = authenticator.front_channel.posted_responses.seal(self, form)
            self.redirect(url_concat(self.request.path, {PARAMETER: sealed}), status=303)
            return
        raise AuthorizationResponseError("malformed", f"callback: {problem}")


@lru_cache(maxsize=64)
def with_form_post(handler: Any) -> Any:
    """The callback's handler, which also takes forms."""
    body = {"__module__": handler.__module__, "__doc__": handler.__doc__}
    return web.stream_request_body(type(handler.__name__, (FormPostCallback, handler), body))
