"""The options on the authorization request and its response, and what they demand of the provider."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from ...errors import ConfigurationError
from ...protocol.front_channel import FrontChannel
from ..web.paths import Paths
from .client_keys import ClientKeys
from .request_objects import KeepsObjects


class FrontChannelOptions(Protocol):
    """The options on the authorization request and its response."""

    client_id: str
    issuer: str
    request_object: str
    response_mode: str

    @property
    def front_channel(self) -> KeepsObjects:
        """The kept messages, such as request objects that the provider fetches."""

    @property
    def all_paths(self) -> tuple[Paths, ...]:
        """The paths at which the login is served."""


def front_channel_of(options: FrontChannelOptions, keys: ClientKeys, *, pushes: bool) -> FrontChannel:
    """What the options say about the front channel, for a comparison with the provider's metadata.

    `pushes`: whether authorization requests are pushed, although the provider may not demand it.
    """
    algorithms: tuple[str, ...] = ()
    if keys.are_configured:
        with suppress(ConfigurationError):  # a start-up check says what is wrong with the file
            algorithms = keys.signing_key().algorithms
    return FrontChannel(
        enable_par=pushes,
        request_object=options.request_object,
        response_mode=options.response_mode,
        signing_algorithms=algorithms,
    )
