"""MediaWiki's OAuth 1.0a (RFC 5849, and ``Special:OAuth`` of Extension:OAuth): request token, access token, identity.

The wiki answers with status 200 also when it refuses: with ``Error: …`` to a token request, and with a JSON object to
an identity request. The identity is a JWT, signed with the consumer's secret, that repeats the nonce of the request.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from joserfc.jwk import OctKey
from mwoauth import AccessToken, ConsumerToken, RequestToken
from oauthlib.oauth1 import Client

from ...errors import ConfigurationError, InvalidGrant, InvalidResponse, InvalidToken, TokenResponseError
from ...protocol.form import FormError, decode_form
from ...protocol.id_token import Expectations, IDToken, check_header, check_issued, verify_signature
from ...protocol.messages import Request, Response, refuse_outage
from ...protocol.strict_json import loads_object
from ...protocol.text import for_log
from ...protocol.urls import add_query

INITIATE = "request for a request token"
TOKEN = "request for an access token"
IDENTIFY = "request for the identity"

_REFUSALS = frozenset(
    {
        "mwoauthdatastore-access-token-not-found",  # the user's grant or the consumer's approval was revoked
        "mwoauth-invalid-authorization-invalid-user",
        "mwoauth-invalid-authorization-blocked-user",
        "mwoauth-invalid-authorization-not-approved",
    }
)
"""The wiki's errors that mean that the user's access has ended. Other errors may be faults of the wiki."""

_MAX_TOKEN = 512


class Stamp(NamedTuple):
    """The unique part of a request (RFC 5849 §3.3): a new `nonce`, and the time in seconds since 1970."""

    nonce: str
    timestamp: int


def initiate_request(index_url: str, consumer: ConsumerToken, callback: str, stamp: Stamp) -> Request:
    """The request for a request token (RFC 5849 §2.1). The `callback` ``oob`` stands for the registered one."""
    return _signed(index_url, "initiate", INITIATE, consumer, None, stamp, callback_uri=callback)


def process_initiate_response(response: Response) -> RequestToken:
    """The request token.

    Raises
    ------
    TokenResponseError
        The wiki refuses: the consumer is unknown, or its secret or callback is wrong.
    TransportError
        The response cannot be read, or the wiki is out of order.
    """
    return RequestToken(*_token_in(response, INITIATE, "request token", partial(TokenResponseError, "initiate")))


def authenticate_url(index_url: str, consumer: ConsumerToken, request_token: RequestToken) -> str:
    """The URL of the wiki's consent dialog. The wiki does not show it to a user who has consented before."""
    parameters = {
        "title": "Special:OAuth/authenticate",
        "oauth_token": request_token.key,
        "oauth_consumer_key": consumer.key,
    }
    return add_query(index_url, parameters, "mw_index_url")


def access_token_request(
    index_url: str, consumer: ConsumerToken, request_token: RequestToken, verifier: str, stamp: Stamp
) -> Request:
    """The request for the access token (RFC 5849 §2.3)."""
    return _signed(index_url, "token", TOKEN, consumer, request_token, stamp, verifier=verifier)


def process_access_token_response(response: Response) -> AccessToken:
    """The access token.

    Raises
    ------
    InvalidGrant
        The wiki refuses: the request token was used or has expired, or the verifier is wrong.
    TransportError
        The response cannot be read, or the wiki is out of order.
    """
    return AccessToken(*_token_in(response, TOKEN, "access token", partial(InvalidGrant, "token")))


def identify_request(index_url: str, consumer: ConsumerToken, access_token: AccessToken, stamp: Stamp) -> Request:
    """The request for the identity of the user of `access_token`. The response repeats the nonce of `stamp`."""
    return _signed(index_url, "identify", IDENTIFY, consumer, access_token, stamp)


def process_identify_response(
    response: Response,
    consumer: ConsumerToken,
    *,
    index_url: str,
    nonce: str,
    now: float,
    trusted_hosts: Collection[str] = (),
) -> dict[str, Any]:
    """The verified claims of the identity, with ``sub`` as a string.

    Parameters
    ----------
    index_url:
        The URL of the wiki's ``index.php``; ``iss`` must have its host.
    nonce:
        That of the request.
    now:
        Seconds since 1970.
    trusted_hosts:
        Other hosts that ``iss`` may have.

    Raises
    ------
    TokenResponseError
        The wiki refuses: `error` is ``invalid_token`` when the user's access has ended, else the wiki's own error.
    InvalidToken
        The identity does not pass a check.
    TransportError
        The response cannot be read, or the wiki is out of order.
    """
    text = _text(response, IDENTIFY)
    if text.startswith("{"):
        _raise_error(loads_object(text, label=IDENTIFY))
    if text.count(".") != 2:
        raise InvalidResponse(f"{IDENTIFY}: neither a JWT nor an error. Is mw_index_url the URL of index.php?")
    token = IDToken.parse(text)
    claims = token.claims
    if isinstance(claims.get("sub"), int) and not isinstance(claims["sub"], bool):  # in some releases
        claims["sub"] = str(claims["sub"])
    expectations = Expectations(consumer.key, None, None, None, frozenset({"HS256"}))
    check_header(token, expectations)
    check_issued(claims, expectations, now)
    _check_issuer(claims.get("iss"), {urlsplit(index_url).netloc, *trusted_hosts})
    received = claims.get("nonce")
    if not isinstance(received, str) or not hmac.compare_digest(received.encode(), nonce.encode()):
        raise InvalidToken(
            "nonce", "the identity belongs to another request: its nonce differs from the one that was sent"
        )
    verify_signature(token, [OctKey.import_key(consumer.secret)])
    return claims


def check_token(value: object, what: str) -> str:
    """Return `value` if it can be the key or the secret of a token: visible ASCII of a plausible length.

    Raises
    ------
    TokenResponseError
        When it cannot be. The message does not contain the value.
    """
    if not isinstance(value, str) or not 1 <= len(value) <= _MAX_TOKEN:
        size = f"{len(value)} characters" if isinstance(value, str) else type(value).__name__
        raise TokenResponseError("invalid_response", f"{what} is not a token: {size}")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise TokenResponseError("invalid_response", f"{what} has invalid characters")
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
    except ValueError as error:  # the message may contain what could not be encoded
        raise ConfigurationError(
            "requests to the wiki cannot be signed with this client_id and client_secret"
        ) from error
    return Request("POST", url, label, {"Accept": "*/*", **headers})


def _text(response: Response, label: str) -> str:
    """The text of a response. Raises if it shows that the wiki is out of order."""
    refuse_outage(response, label)
    try:
        return response.body.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise InvalidResponse(f"{label}: the response is not UTF-8") from error


def _error_in(text: str) -> str | None:
    """The wiki's error message, safe for the log; None when there is none."""
    if text.startswith("{"):
        try:
            message = json.loads(text).get("message")
        except (ValueError, AttributeError, RecursionError):
            return None
        return for_log(message) if isinstance(message, str) else "no reason given"
    return for_log(text.partition(":")[2]) if text.startswith("Error:") else None


def _raise_error(answer: Mapping[str, Any]) -> None:
    error, message = answer.get("error"), answer.get("message")
    reason = for_log(message) if isinstance(message, str) else "no reason given"
    if not isinstance(error, str):
        raise InvalidResponse(f"{IDENTIFY}: a JSON object that is not an error of the wiki")
    if error in _REFUSALS:
        raise TokenResponseError("invalid_token", f"the wiki no longer identifies the user ({error}): {reason}")
    raise TokenResponseError(for_log(error, 80), f"the wiki does not identify the user: {reason}")


def _token_in(
    response: Response, label: str, token: str, refusal: Callable[[str], TokenResponseError]
) -> tuple[str, str]:
    """Key and secret of the `token` in a response. Raises `refusal` with the wiki's reason if there is none."""
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


def _check_issuer(issuer: object, hosts: Collection[str]) -> None:
    try:
        host = urlsplit(issuer).netloc if isinstance(issuer, str) else None
    except ValueError:
        host = None
    if host not in hosts:
        raise InvalidToken(
            "iss",
            "the identity is from another wiki: iss does not have mw_index_url's host. If the wiki uses another "
            "canonical name ($wgCanonicalServer), add that host to trusted_provider_hosts",
            expected=", ".join(sorted(hosts)),
        )
