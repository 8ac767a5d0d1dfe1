"""The published keys of this client: a JWK Set, which the provider fetches to verify the client's signatures."""

from __future__ import annotations

from typing import Protocol

from tornado import web

from ...errors import ConfigurationError
from ..web.pages import SignInHandler
from .connection import ProviderConnection

KEYS_MAX_AGE = 300
"""Seconds for which the provider may keep the answer."""


class KeyAuthenticator(Protocol):
    """The part of `OAuthenticator` that this handler uses."""

    connection: ProviderConnection


class ClientKeysHandler(SignInHandler):
    """``GET /hub/oauth_jwks``: the public keys of this Hub as the provider's client (RFC 7517).

    The client is the provider's server. Cookies and API tokens are ignored.
    """

    _accept_cookie_auth = False
    _accept_token_auth = False

    async def get(self) -> None:
        """Respond with the JWK Set, or with 503 when the key file cannot be used."""
        authenticator: KeyAuthenticator = self.authenticator
        try:
            keys = authenticator.connection.public_keys()
        except ConfigurationError as error:
            self.log.warning("The client's public keys cannot be published: %s", error.detail)
            raise web.HTTPError(503) from None
        self.set_header("Cache-Control", f"public, max-age={KEYS_MAX_AGE}")
        self.finish(keys)

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Respond with a JSON error: the client is a server, so no page is rendered."""
        self.finish({"error": "temporarily_unavailable" if status_code == 503 else "invalid_request"})
