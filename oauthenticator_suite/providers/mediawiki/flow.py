"""The redirect to the wiki and its response, for OAuth 1.0a (RFC 5849 §2)."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mwoauth import RequestToken

from ...errors import AttemptError, AuthorizationResponseError
from ...hub.oauth.attempts import Attempt
from ...protocol.urls import add_query
from .messages import authenticate_url, check_token

if TYPE_CHECKING:
    from .authenticator import MWOAuthenticator


class OAuth1Flow:
    """The request token is used as the ``state``. Its secret is stored in the attempt's encrypted cookie."""

    def __init__(self, authenticator: MWOAuthenticator) -> None:
        self._authenticator = authenticator

    async def leave(self, provider: str, redirect_uri: str, next_url: str) -> tuple[Attempt, str]:
        """Get a request token, and the URL of the wiki's consent dialog for it (RFC 5849 §2.1, §2.2)."""
        authenticator = self._authenticator
        consumer = authenticator.consumer()
        callback = redirect_uri if authenticator.send_callback_url else "oob"
        token = await authenticator.handshake.initiate(consumer, callback)
        attempt = Attempt(
            provider=provider,
            state=token.key,
            nonce="",
            code_verifier="",
            redirect_uri=redirect_uri,
            next_url=next_url,
            issuer=authenticator.mw_index_url,
            issued_at=time.time(),
            request_token_secret=token.secret,
        )
        extra = authenticator.authorize_params()
        url = authenticate_url(authenticator.mw_index_url, consumer, token)
        return attempt, add_query(url, extra, f"{type(authenticator).__name__}.extra_authorize_params")

    def state_in(self, params: Mapping[str, str]) -> str:
        """The request token in the wiki's response."""
        return params.get("oauth_token", "")

    async def validate_response(self, params: Mapping[str, str], attempt: Attempt) -> str:
        """The verifier (RFC 5849 §2.2), which proves that this browser's user has consented."""
        if attempt.issuer != self._authenticator.mw_index_url:
            raise AttemptError("mismatch", "mw_index_url was changed during the login")
        verifier = params.get("oauth_verifier", "")
        if not hmac.compare_digest(params.get("oauth_token", "").encode(), attempt.state.encode()):
            raise AuthorizationResponseError("oauth_token", "the response is for another request token")
        if not verifier.isascii() or not 1 <= len(verifier) <= 512:
            raise AuthorizationResponseError("oauth_verifier", "the response has no valid oauth_verifier")
        return verifier

    def grant(self, code: str, attempt: Attempt) -> dict[str, str]:
        """The arguments of `get_token_info`: the request token with its secret, and the verifier."""
        token = RequestToken(attempt.state, attempt.request_token_secret)
        return {"oauth_token": token.key, "oauth_token_secret": token.secret, "oauth_verifier": code}

    def check_token_info(self, token_info: Mapping[str, Any]) -> None:
        """Check that the access token has a key and a secret."""
        check_token(token_info.get("access_token"), "access_token")
        check_token(token_info.get("access_token_secret"), "access_token_secret")
