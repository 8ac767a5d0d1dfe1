"""The redirect flow of OAuth 1.0a: temporary credentials and the verifier (RFC 5849 §2)."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from typing import Any, Protocol

from mwoauth import ConsumerToken, RequestToken

from ...errors import AttemptError, AuthorizationResponseError
from ...hub.oauth.attempts import Attempt, AttemptSecrets, fingerprint
from ...protocol.urls import add_query
from .handshake import Handshake
from .messages import authenticate_url, check_token


class WikiClient(Protocol):
    """What the flow uses of `MWOAuthenticator`."""

    mw_index_url: str
    send_callback_url: bool

    @property
    def handshake(self) -> Handshake:
        """The client of the wiki's OAuth 1.0a pages."""

    def consumer(self) -> ConsumerToken:
        """The Hub's consumer key and secret."""


class OAuth1Flow:
    """A `hub.oauth.flow.Flow` for OAuth 1.0a.

    The request token takes the place of the ``state``. Its secret is stored in the login attempt's encrypted cookie.
    """

    def __init__(self, client: WikiClient) -> None:
        self._client = client

    async def leave(
        self, provider: str, redirect_uri: str, next_url: str, derived: AttemptSecrets, params: Mapping[str, str]
    ) -> tuple[Attempt, str]:
        """Request a request token, and return the attempt and the URL of the wiki's dialog (RFC 5849 §2.1, §2.2)."""
        client = self._client
        consumer = client.consumer()
        callback = redirect_uri if client.send_callback_url else "oob"
        token = await client.handshake.initiate(consumer, callback)
        attempt = Attempt(
            provider=provider,
            state=token.key,
            nonce="",
            code_verifier="",
            redirect_uri=redirect_uri,
            next_url=next_url,
            issuer=fingerprint(client.mw_index_url),
            issued_at=time.time(),
            request_token_secret=token.secret,
        )
        url = authenticate_url(client.mw_index_url, consumer, token)
        return attempt, add_query(url, params, f"{type(client).__name__}.extra_authorize_params")

    def decrypted(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """The parameters as they are: a wiki does not encrypt them."""
        return params

    def state_in(self, params: Mapping[str, str]) -> str:
        """The request token in the wiki's response."""
        return params.get("oauth_token", "")

    async def validate_response(self, params: Mapping[str, str], attempt: Attempt) -> str:
        """Return the verifier (RFC 5849 §2.2), which proves that the user of this browser has authorized the Hub.

        Raises
        ------
        AttemptError
            ``mismatch`` if `mw_index_url` has changed since the redirect.
        AuthorizationResponseError
            If the response belongs to another request token, or has no valid ``oauth_verifier``.
        """
        if attempt.issuer != fingerprint(self._client.mw_index_url):
            raise AttemptError("mismatch", "mw_index_url was changed while the user was at the wiki")
        verifier = params.get("oauth_verifier", "")
        if not hmac.compare_digest(params.get("oauth_token", "").encode(), attempt.state.encode()):
            raise AuthorizationResponseError("oauth_token", "the response belongs to another request token")
        if not verifier.isascii() or not 1 <= len(verifier) <= 512:
            raise AuthorizationResponseError("oauth_verifier", "the response has no valid oauth_verifier")
        return verifier

    def grant(self, code: str, attempt: Attempt) -> dict[str, str]:
        """The parameters of `get_token_info`: the request token, its secret, and the verifier."""
        token = RequestToken(attempt.state, attempt.request_token_secret)
        return {"oauth_token": token.key, "oauth_token_secret": token.secret, "oauth_verifier": code}

    def check_token_info(self, token_info: Mapping[str, Any]) -> None:
        """Check that the access token has a key and a secret.

        Raises
        ------
        TokenResponseError
            If one of them is missing or malformed.
        """
        check_token(token_info.get("access_token"), "access_token")
        check_token(token_info.get("access_token_secret"), "access_token_secret")
