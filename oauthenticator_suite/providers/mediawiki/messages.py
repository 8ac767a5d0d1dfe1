"""The messages of MediaWiki's OAuth 1.0a: request token, access token, identity.

Sources: RFC 5849 and ``Special:OAuth`` of Extension:OAuth. The wiki reports errors with status 200: as ``Error: …`` in
responses to token requests, and as a JSON object in responses to identity requests. The identity is a JWT that is
signed with the consumer's secret and repeats the nonce of the request.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from joserfc.jwk import OctKey
from mwoauth import AccessToken, ConsumerToken, RequestToken
from oauthlib.oauth1 import Client

from ...errors import (
    ClientRefused,
    ClockDifference,
    ConfigurationError,
    InvalidGrant,
    InvalidResponse,
    InvalidToken,
    TokenResponseError,
)
from ...protocol.form import FormError, decode_form
from ...protocol.id_token import Expectations, IDToken, check_header, check_issued, verify_signature
from ...protocol.messages import Request, Response, refuse_outage
from ...protocol.strict_json import loads_object
from ...protocol.text import for_log, quoted
from ...protocol.urls import URLError, add_query, is_listed, shown, split_url

INITIATE = "request for a request token"
TOKEN = "request for an access token"
IDENTIFY = "request for the identity"

LEEWAY = 60.0
"""The accepted difference between the wiki's clock and the Hub's, in seconds."""

_REFUSALS = frozenset(
    {
        "mwoauthdatastore-access-token-not-found",  # revoked, or the consumer's approval was
        "mwoauth-invalid-authorization-invalid-user",
        "mwoauth-invalid-authorization-blocked-user",
    }
)
"""Error codes that concern the user or the grant. Any other error may be a problem of the wiki."""

_CLIENT_REFUSED = {
    "mwoauth-invalid-authorization-not-approved": "an administrator of the wiki has disabled the consumer",
    "mwoauth-invalid-authorization-wrong-wiki": "the consumer is registered for another wiki",
    "mwoauthserver-bad-consumer-key": "the wiki does not know the consumer: check client_id",
    "mwoauthserver-consumer-owner-only": "the consumer is registered for use only by its owner: register another",
    "mwoauthserver-consumer-no-secret": "the consumer is registered with an RSA key: register one without",
}
"""Error codes that concern the consumer, and so all users, with the cause."""

_MAX_TOKEN = 512
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_TIMESTAMPS = re.compile(r"yours ([0-9]{1,12}), ours ([0-9]{1,12})")
"""The numbers in the wiki's message on a request whose time differs by more than five minutes."""


class Stamp(NamedTuple):
    """The values that make each request unique (RFC 5849 §3.3): a new nonce, and the time in seconds since 1970."""

    nonce: str
    timestamp: int


def initiate_request(index_url: str, consumer: ConsumerToken, callback: str, stamp: Stamp) -> Request:
    """Build the request for a request token (RFC 5849 §2.1). `callback` is a URL, or ``oob`` for the registered one."""
    return _signed(index_url, "initiate", INITIATE, consumer, None, stamp, callback_uri=callback)


def process_initiate_response(response: Response) -> RequestToken:
    """Validate the response to `initiate_request` and return the request token.

    Raises
    ------
    TokenResponseError
        If the wiki refuses, because the consumer is unknown or its secret or callback is wrong.
    TransportError
        If the response is malformed, or the wiki has a problem.
    """
    return RequestToken(*_token_in(response, INITIATE, "request token", partial(TokenResponseError, "initiate")))


def authenticate_url(index_url: str, consumer: ConsumerToken, request_token: RequestToken) -> str:
    """Return the URL of the wiki's authorization dialog. The wiki skips it for users who authorized this Hub before."""
    parameters = {
        "title": "Special:OAuth/authenticate",
        "oauth_token": request_token.key,
        "oauth_consumer_key": consumer.key,
    }
    return add_query(index_url, parameters, "mw_index_url")


def access_token_request(
    index_url: str, consumer: ConsumerToken, request_token: RequestToken, verifier: str, stamp: Stamp
) -> Request:
    """Build the request for the access token (RFC 5849 §2.3)."""
    return _signed(index_url, "token", TOKEN, consumer, request_token, stamp, verifier=verifier)


def process_access_token_response(response: Response) -> AccessToken:
    """Validate the response to `access_token_request` and return the access token.

    Raises
    ------
    InvalidGrant
        If the wiki refuses, because the request token is used or expired or the verifier is wrong.
    TransportError
        If the response is malformed, or the wiki has a problem.
    """
    return AccessToken(*_token_in(response, TOKEN, "access token", partial(InvalidGrant, "token")))


def identify_request(index_url: str, consumer: ConsumerToken, access_token: AccessToken, stamp: Stamp) -> Request:
    """Build the request for the identity of the user of `access_token`. The response repeats the nonce of `stamp`."""
    return _signed(index_url, "identify", IDENTIFY, consumer, access_token, stamp)


def process_identify_response(
    response: Response,
    consumer: ConsumerToken,
    *,
    index_url: str,
    nonce: str,
    now: float,
    trusted_hosts: Collection[str] = (),
    leeway: float = LEEWAY,
) -> dict[str, Any]:
    """Verify the identity in the response to `identify_request` and return its claims. ``sub`` becomes a string.

    Parameters
    ----------
    response:
        The wiki's response.
    consumer:
        The consumer whose secret signs the identity.
    index_url:
        The URL of the wiki's ``index.php``. ``iss`` must name its host.
    nonce:
        The nonce of the request.
    now:
        The current time, in seconds since 1970.
    trusted_hosts:
        Other hosts that are accepted in ``iss``, as host or host:port.
    leeway:
        The accepted difference between the wiki's clock and this one, in seconds.

    Raises
    ------
    ClientRefused
        If the wiki refuses the consumer.
    TokenResponseError
        If the wiki refuses. `error` is ``invalid_token`` if the reason is the user or the grant, else the wiki's code.
    InvalidToken
        If the identity fails a check.
    TransportError
        If the response is malformed, or the wiki has a problem.
    """
    text = _text(response, IDENTIFY)
    if text.startswith("{"):
        _raise_error(loads_object(text, label=IDENTIFY))
    if text.count(".") != 2:
        raise InvalidResponse(f"{IDENTIFY}: neither a JWT nor an error. Is mw_index_url the URL of index.php?")
    token = IDToken.parse(text)
    claims = token.claims
    if isinstance(claims.get("sub"), int) and not isinstance(claims["sub"], bool):  # as some releases send it
        claims["sub"] = str(claims["sub"])
    expectations = Expectations(consumer.key, None, None, None, frozenset({"HS256"}), leeway)
    check_header(token, expectations)
    _check_issued(claims, expectations, now)
    _check_issuer(claims.get("iss"), index_url, trusted_hosts)
    received = claims.get("nonce")
    if not isinstance(received, str) or not hmac.compare_digest(received.encode(), nonce.encode()):
        raise InvalidToken("nonce", "the identity belongs to another request: its nonce differs from the one sent")
    verify_signature(token, [OctKey.import_key(consumer.secret)])
    return claims


def check_token(value: object, what: str) -> str:
    """Return `value` if it can be the key or secret of a token: 1 to 512 visible ASCII characters.

    Raises
    ------
    TokenResponseError
        If it is anything else. The detail names `what`, and does not contain the value.
    """
    if not isinstance(value, str) or not 1 <= len(value) <= _MAX_TOKEN:
        size = f"{len(value)} characters" if isinstance(value, str) else type(value).__name__
        raise TokenResponseError("invalid_response", f"{what} is not a token: {size}")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise TokenResponseError("invalid_response", f"{what} contains characters that are not allowed in a token")
    return value


def _signed(
    index_url: str,
    page: str,
    label: str,
    consumer: ConsumerToken,
    token: RequestToken | AccessToken | None,
    stamp: Stamp,
    **parameters: str,
) -> Request:
    """A POST to a page of Special:OAuth with the HMAC-SHA1 signature in its Authorization header (RFC 5849 §3)."""
    client = Client(
        consumer.key,
        client_secret=consumer.secret,
        resource_owner_key=token.key if token else None,
        resource_owner_secret=token.secret if token else None,
        nonce=stamp.nonce,
        timestamp=str(stamp.timestamp),
        **parameters,
    )
    try:
        url, headers, _ = client.sign(add_query(index_url, {"title": f"Special:OAuth/{page}"}, "mw_index_url"), "POST")
    except ValueError as error:  # oauthlib's message may contain the secret
        raise ConfigurationError(
            "requests to the wiki cannot be signed with this client_id and client_secret"
        ) from error
    return Request("POST", url, label, {"Accept": "*/*", **headers})


def _text(response: Response, label: str) -> str:
    """The text of a response. Raises `TransportError` if the wiki has a problem or the text is not UTF-8."""
    refuse_outage(response, label, of_user=label == IDENTIFY)
    try:
        return response.body.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise InvalidResponse(f"{label}: the response is not UTF-8") from error


def _error_in(text: str) -> str | None:
    """The wiki's error message, sanitized for the log; None if the response is not an error."""
    if text.startswith("{"):
        try:
            message = json.loads(text).get("message")
        except (ValueError, AttributeError, RecursionError):
            return None
        return _reason(message)
    return _reason(text.partition(":")[2]) if text.startswith("Error:") else None


def _reason(message: object) -> str:
    """The wiki's message for the log. It is written for a page: without its tags, and with a hint on the clocks."""
    if not isinstance(message, str):
        return "no reason given"
    reason = for_log(_TAG.sub(" ", message[:4096]))
    times = _TIMESTAMPS.search(reason)
    if times:
        reason = f"{reason}; {_difference(int(times[1]) - int(times[2]))}"
    return reason


def _difference(seconds: float) -> str:
    """The difference between the clocks. Positive: this Hub's clock is ahead of the wiki's."""
    relation = "ahead of" if seconds > 0 else "behind"
    return f"the hub's clock is {abs(seconds):.0f} s {relation} the wiki's: synchronise both with a time server"


def _raise_error(answer: Mapping[str, Any]) -> None:
    error, reason = answer.get("error"), _reason(answer.get("message"))
    if not isinstance(error, str):
        raise InvalidResponse(f"{IDENTIFY}: a JSON object without an error code")
    if error in _CLIENT_REFUSED:
        raise ClientRefused(error, f"{_CLIENT_REFUSED[error]} ({error}): {reason}")
    if error in _REFUSALS:
        raise TokenResponseError("invalid_token", f"the wiki no longer identifies the user ({error}): {reason}")
    raise TokenResponseError(for_log(error, 80), f"the wiki does not identify the user: {reason}")


def _token_in(
    response: Response, label: str, token: str, refusal: Callable[[str], TokenResponseError]
) -> tuple[str, str]:
    """The key and secret of the `token` in a response. If the wiki reports an error, raise `refusal(detail)`."""
    text = _text(response, label)
    if (reason := _error_in(text)) is not None:
        raise refusal(f"the wiki refuses the {token}: {reason}")
    if len(text) > 4096 or "<" in text or "oauth_token" not in text:
        raise InvalidResponse(f"{label}: no token in the response. Is mw_index_url the URL of index.php?")
    try:
        fields = decode_form(text, max_fields=20)
    except FormError as error:
        raise InvalidResponse(f"{label}: {error}") from error
    key, secret = (check_token(fields.get(name), name) for name in ("oauth_token", "oauth_token_secret"))
    return key, secret


def _check_issued(claims: dict[str, Any], expectations: Expectations, now: float) -> None:
    """`check_issued`. The wiki has just made the identity, so the error for a time states the clocks' difference."""
    try:
        check_issued(claims, expectations, now)
    except ClockDifference as error:
        difference = now - claims["iat"]
        if abs(difference) < expectations.leeway:
            raise
        detail = (
            f"the identity is not valid now: {_difference(difference)}; clock_tolerance is {expectations.leeway:g} s"
        )
        raise ClockDifference(error.claim, detail) from None


def _check_issuer(issuer: object, index_url: str, trusted_hosts: Collection[str]) -> None:
    wiki = urlsplit(index_url)
    try:
        parts = split_url(issuer)
    except URLError:
        received = quoted(issuer) if isinstance(issuer, str) else f"a {type(issuer).__name__}"
    else:
        if _host(parts) == _host(wiki) or is_listed(parts, trusted_hosts):
            return
        received = quoted(shown(parts))
    raise InvalidToken(
        "iss",
        f"the identity belongs to another wiki: iss is {received}, and mw_index_url is at {wiki.netloc}. mw_index_url "
        "should have the wiki's own host ($wgCanonicalServer). If the wiki has several, add the other one to "
        "trusted_provider_hosts",
    )


def _host(parts: SplitResult) -> tuple[str, int | None]:
    """The host and port of a URL, without the default port of its scheme."""
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.hostname or "", None if parts.port == default else parts.port
