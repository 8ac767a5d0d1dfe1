"""oauthlib's server side, answered from the wiki's books (RFC 5849 §3.2)."""

from __future__ import annotations

from typing import Any

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, RequestValidator

from .records import RequestToken
from .wiki import Wiki

TIMESTAMP_WINDOW = 300  # seconds to either side
REQUEST_TOKEN_LIFETIME = 600
ANY_LENGTH = (1, 255)  # the wiki looks things up, whatever their length


class Signatures(RequestValidator):
    """Checks one request. `why` is the first rule that it broke; empty means the signature, which oauthlib checks."""

    enforce_ssl = False
    allowed_signature_methods = (SIGNATURE_HMAC_SHA1,)
    timestamp_lifetime = float("inf")  # checked below, by the wiki's clock
    client_key_length = request_token_length = access_token_length = nonce_length = verifier_length = ANY_LENGTH
    dummy_client = dummy_request_token = dummy_access_token = "nobody"

    def __init__(self, wiki: Wiki) -> None:
        super().__init__()
        self.wiki = wiki
        self.why: tuple[str, str] | None = None
        self.made: RequestToken | None = None  # by a request to `initiate` that was right
        self.spent: RequestToken | None = None  # by a request to `token` that was right

    def _no(self, error: str, why: str) -> bool:
        self.why = self.why or (error, why)
        return False

    # -- every request

    def validate_timestamp_and_nonce(
        self,
        client_key: str,
        timestamp: str,
        nonce: str,
        request: Any,
        request_token: str | None = None,
        access_token: str | None = None,
    ) -> bool:
        if abs(self.wiki.clock() - int(timestamp)) > TIMESTAMP_WINDOW:
            now = int(self.wiki.clock())
            return self._no("mwoauth-oauth-exception", f"Expired timestamp, yours {timestamp}, ours {now}")
        seen = (client_key, request_token or access_token or "", nonce)
        if seen in self.wiki.nonces:
            return self._no("mwoauth-oauth-exception", "Nonce already used")
        self.wiki.nonces.add(seen)
        return True

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        consumer = self.wiki.consumers.get(client_key)
        if consumer is None:
            return self._no("mwoauthserver-bad-consumer-key", "No such consumer")
        if consumer.oauth_version != "1.0a":
            return self._no("mwoauth-oauth-unsupported-version", "This consumer is not one of OAuth 1.0a")
        return True

    def get_client_secret(self, client_key: str, request: Any) -> str:
        consumer = self.wiki.consumers.get(client_key)
        return "a secret of nobody" if consumer is None else consumer.secret

    # -- initiate

    def get_default_realms(self, client_key: str, request: Any) -> list[str]:
        return []

    def validate_requested_realms(self, client_key: str, realms: list[str], request: Any) -> bool:
        return True  # there are none: a header with one is refused before

    def validate_redirect_uri(self, client_key: str, redirect_uri: str, request: Any) -> bool:
        """`oob` is always right; a whole URL only for a consumer that registered its beginning."""
        consumer = self.wiki.consumers.get(client_key)
        if consumer is None or redirect_uri == "oob":
            return True
        if not consumer.callback_is_prefix:
            return self._no("mwoauth-callback-not-oob", "oauth_callback is not oob")
        if not redirect_uri.startswith(consumer.callback_url):
            return self._no("mwoauth-callback-not-oob-or-prefix", "oauth_callback does not begin as registered")
        return True

    def save_request_token(self, token: dict[str, str], request: Any) -> None:
        self.made = RequestToken(
            key=token["oauth_token"],
            secret=token["oauth_token_secret"],
            consumer_key=request.client_key,
            callback=request.redirect_uri,
            expires_at=self.wiki.clock() + REQUEST_TOKEN_LIFETIME,
        )
        self.wiki.request_tokens[self.made.key] = self.made

    # -- token

    def validate_request_token(self, client_key: str, token: str, request: Any) -> bool:
        known = self.wiki.request_tokens.get(token)
        if known is None or known.consumer_key != client_key or known.expires_at < self.wiki.clock():
            return self._no("mwoauthdatastore-request-token-not-found", "No such request token (E004)")
        if known.used:
            return self._no("mwoauthdatastore-request-token-already-used", "This request token was used (E009)")
        return True

    def get_request_token_secret(self, client_key: str, token: str, request: Any) -> str:
        known = self.wiki.request_tokens.get(token)
        return "a secret of nobody" if known is None else known.secret

    def validate_verifier(self, client_key: str, token: str, verifier: str, request: Any) -> bool:
        known = self.wiki.request_tokens.get(token)
        if known is None or not known.verifier:
            return self._no("mwoauthdatastore-bad-token", "No user has said yes to this request token")
        if known.verifier != verifier:
            return self._no("mwoauthdatastore-bad-verifier", "The verifier is not that of the request token")
        return True

    def get_realms(self, token: str, request: Any) -> list[str]:
        return []

    def save_access_token(self, token: dict[str, str], request: Any) -> None:
        """The wiki has the pair already: it was made when the user said yes."""

    def invalidate_request_token(self, client_key: str, request_token: str, request: Any) -> None:
        self.spent = self.wiki.request_tokens[request_token]
        self.spent.used = True

    # -- identify

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        known = self.wiki.access_tokens.get(token)
        if known is None or known.consumer_key != client_key:
            return self._no("mwoauthdatastore-access-token-not-found", "No user has granted that access token")
        return True

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        known = self.wiki.access_tokens.get(token)
        return "a secret of nobody" if known is None else known.secret

    def validate_realms(
        self, client_key: str, token: str, request: Any, uri: str | None = None, realms: list[str] | None = None
    ) -> bool:
        return True
