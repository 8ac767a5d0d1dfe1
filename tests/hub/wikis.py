"""The ways in which `MWOAuthenticator` logs in, as options. The fixtures `wiki` and `hub_at_wiki` are in conftest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.support import Hub

NATIVE = {"oauth_version": "1.0a", "handshaker": "native"}
LIBRARY = {"oauth_version": "1.0a", "handshaker": "mwoauth"}
OAUTH_2 = {"oauth_version": "2.0"}

Start = Callable[..., Awaitable[Hub]]
