"""Request objects by reference (RFC 9101 §5.2): the provider fetches them from the Hub."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from tornado import web

from ...errors import ConfigurationError
from ..expiring_store import ExpiringStore
from ..web.pages import SignInHandler
from ..web.paths import Paths
from .attempts import LIFETIME

MAX_REQUEST_OBJECTS = 1_000
"""Maximum number of request objects in memory, of about two kilobytes each. A further one replaces the oldest."""

OBJECT_TYPE = "application/oauth-authz-req+jwt"
"""The media type of a request object (RFC 9101 §9.2)."""

_PARAMETER = "id"


class RequestObjects:
    """The request objects of the login attempts of one authenticator. `clock` returns seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._objects = ExpiringStore[str](LIFETIME, MAX_REQUEST_OBJECTS, clock)

    def keep(self, request_object: str) -> str:
        """The identifier of a request object, which cannot be guessed. It is kept as long as a login attempt."""
        identifier = secrets.token_urlsafe(32)
        self._objects.put(identifier, request_object)
        return identifier

    def get(self, identifier: str) -> str | None:
        """The request object with this identifier; None when there is none, or it is too old."""
        return self._objects.get(identifier)


def request_object_url(redirect_uri: str, paths: Iterable[Paths], identifier: str) -> str:
    """The URL of a request object, next to the redirect URI. The identifier is in the query, which no log shows.

    Raises
    ------
    ConfigurationError
        If the redirect URI has another path than the Hub's callback.
    """
    for each in paths:
        if redirect_uri.endswith(f"/{each.callback}"):
            return f"{redirect_uri.removesuffix(each.callback)}{each.request_object}?{_PARAMETER}={identifier}"
    raise ConfigurationError(
        'oauth_callback_url has another path than the Hub\'s callback, and request_object is "reference": the URL of '
        'request objects is not known. Set request_object to "value"'
    )


class KeepsObjects(Protocol):
    """The part of `FrontChannelMessages` that is used here and for the authorization request."""

    request_objects: RequestObjects


class ObjectsAuthenticator(Protocol):
    """The part of `OAuthenticator` that the handler uses."""

    @property
    def front_channel(self) -> KeepsObjects:
        """The kept messages."""


class RequestObjectHandler(SignInHandler):
    """``GET /hub/oauth_request_object?id=``: a request object, for the provider's server.

    Cookies and API tokens are ignored. The object has no secret: it is what the browser carries without it.
    """

    _accept_cookie_auth = False
    _accept_token_auth = False

    async def get(self) -> None:
        """Respond with the request object, or with 404."""
        authenticator: ObjectsAuthenticator = self.authenticator
        (identifier, *_) = self.request.query_arguments.get(_PARAMETER, [b""])
        request_object = authenticator.front_channel.request_objects.get(identifier.decode("ascii", "replace"))
        if request_object is None:
            raise web.HTTPError(404)
        self.set_header("Content-Type", OBJECT_TYPE)
        self.finish(request_object)

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Respond without a page: the client is a server."""
        self.set_header("Content-Type", "text/plain")
        self.finish("")
