"""Requests of an operator's own code, with tornado's names for options, responses and errors, over our transport.

`OAuthenticator.httpfetch`, `fetch` and `http_client` have the contract of the package `oauthenticator`, whose requests
are tornado's. All limits of `hub.transport` apply: time, size, proxies, TLS; redirects are not followed.
"""

from __future__ import annotations

import inspect
import time
from base64 import b64encode
from collections.abc import Hashable, Mapping
from dataclasses import replace
from functools import cache
from io import BytesIO
from logging import Logger, LoggerAdapter
from typing import Any, NoReturn, TypeVar, cast
from urllib.parse import urlsplit

from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.httputil import HTTPHeaders, encode_username_password

from ...errors import (
    ConfigurationError,
    InvalidResponse,
    ProviderTimeout,
    ProviderUnreachable,
    SuiteError,
    TokenResponseError,
    TransportError,
)
from ...protocol.messages import FORM, Request, Response, refuse_outage
from ...protocol.strict_json import loads
from ..base.admission import current_admission
from ..options.template import below
from ..transport.client import Transport
from ..transport.settings import TransportSettings, settings_from_request_kwargs

E = TypeVar("E", bound=SuiteError)

_OF_THE_REQUEST = ("method", "headers", "body", "auth_username", "auth_password", "auth_mode", "if_modified_since")
_OF_THE_TRANSPORT = (
    *("connect_timeout", "request_timeout", "user_agent", "validate_cert", "ca_certs", "client_cert", "client_key"),
    *("proxy_host", "proxy_port", "proxy_username", "proxy_password"),
)
_WITHOUT_EFFECT = ("max_redirects", "allow_nonstandard_methods", "allow_ipv6")
_AT_ONE_VALUE = {"follow_redirects": False, "decompress_response": True, "use_gzip": True, "expect_100_continue": False}

REQUEST_OPTIONS = (*_OF_THE_REQUEST, *_OF_THE_TRANSPORT, *_AT_ONE_VALUE, *_WITHOUT_EFFECT)
"""tornado's names of the options of one request. Those of `_WITHOUT_EFFECT` are accepted and change nothing."""

_OF_TORNADO = frozenset(inspect.signature(HTTPRequest).parameters) - {"url"}
_MAX_TRANSPORTS = 8


class HttpRequests:
    """Requests of an operator's own code. `http_client` of an authenticator is such an object.

    Parameters
    ----------
    name:
        The authenticator's class, for the log.
    transport:
        The transport with the settings of the options.
    """

    def __init__(self, name: str, transport: Transport, log: Logger | LoggerAdapter[Any]) -> None:
        self._name = name
        self._transport = transport
        self._log = log
        self._others: dict[TransportSettings, Transport] = {}
        self._has_told: set[str] = set()

    async def fetch(self, request: str | HTTPRequest, raise_error: bool = True, **options: Any) -> HTTPResponse:
        """As ``fetch`` of tornado's HTTP client: `options` are those of a request when `request` is a URL.

        Raises
        ------
        TypeError
            For an unknown option.
        ValueError
            For `options` together with a request.
        tornado.httpclient.HTTPClientError
            For a status other than 2xx, unless `raise_error` is False, and if there is no response (status 599). It is
            a `TransportError` as well.
        """
        self._tell_once("http_client.fetch", "await authenticator.httpfetch(url, label, method=..., headers=..., ...)")
        if isinstance(request, str):
            request = request_of(request, options)
        elif options:
            raise ValueError("kwargs can't be used if request is an HTTPRequest object")
        return await self.send(request, "request of http_client", raise_error=raise_error)

    async def fetch_json(self, request: HTTPRequest, label: str, *, parse_json: bool, raise_error: bool) -> Any:
        """`OAuthenticator.fetch`: the JSON value of the response, None for an empty body; else the response."""
        self._tell_once("fetch", "await authenticator.httpfetch(url, label, method=..., headers=..., ...)")
        return await self.answer(request, label, parse_json=parse_json, raise_error=raise_error)

    async def answer(self, request: HTTPRequest, label: str, *, parse_json: bool, raise_error: bool) -> Any:
        """The JSON value of the response, None for an empty body; without `parse_json` the response."""
        response = await self.send(request, label, raise_error=raise_error, accept_json=parse_json)
        if not parse_json:
            return response
        if not response.body:
            return None
        try:
            return loads(response.body, label=label)
        except InvalidResponse as error:
            unreadable = _mixed(error, ValueError)
        raise unreadable

    async def send(
        self, request: HTTPRequest, label: str, *, raise_error: bool, accept_json: bool = False
    ) -> HTTPResponse:
        """Send a request of tornado's over our transport; with `accept_json`, as one for JSON by default."""
        transport, settings = self._transport_for(request, label)
        started = time.time()
        failure: TransportError | None = None
        try:
            received = await transport.send(_request(request, label, accept_json=accept_json), settings)
        except TransportError as error:
            no_response = isinstance(error, (ProviderTimeout, ProviderUnreachable))
            failure = _client_error(error, 599 if no_response else 502)
        if failure is not None:
            raise failure from None
        response = HTTPResponse(
            request,
            received.status,
            headers=HTTPHeaders(received.headers),
            buffer=BytesIO(received.body),
            effective_url=request.url,
            request_time=time.time() - started,
        )
        if raise_error and not 200 <= received.status < 300:
            _refuse(received, response, label)
        return response

    # --- the transport ---------------------------------------------------------------------------------------------

    def _transport_for(self, request: HTTPRequest, label: str) -> tuple[Transport, TransportSettings]:
        """The transport with the TLS and proxy settings of the request, and the settings with its time limits."""
        base = self._transport.settings
        given = {name: value for name in _OF_THE_TRANSPORT if (value := getattr(request, name)) is not None}
        if not given:
            return self._transport, base
        try:
            settings = settings_from_request_kwargs(given, base=base)
        except ConfigurationError as error:
            raise ConfigurationError(f"{label}: {error.detail}") from None
        if settings.proxy_url != base.proxy_url and "proxy_username" not in given:
            settings = replace(settings, proxy_username=None, proxy_password=None)  # they are for another proxy
        connection = replace(
            settings,
            timeout=base.timeout,
            connect_timeout=base.connect_timeout,
            silence_timeout=base.silence_timeout,
            user_agent=base.user_agent,
        )
        if connection == base:
            return self._transport, settings
        if base.verify and not settings.verify:
            self._warn_of_unverified(request.url, label)
        transport = self._others.get(connection)
        if transport is None:
            if len(self._others) >= _MAX_TRANSPORTS:
                oldest = next(iter(self._others))
                self._others.pop(oldest).retire()
            transport = self._others[connection] = Transport(
                connection, self._log, self._transport.observe, self._transport.guard
            )
        return transport, settings

    def _warn_of_unverified(self, url: str, label: str) -> None:
        host = urlsplit(url).hostname or ""
        if host not in self._has_told:
            self._has_told.add(host)
            self._log.warning(
                "%s: %s: validate_cert=False: the TLS certificate of %s is NOT verified for this request. An attacker "
                "on the network path can read it and change the answer. Use ca_certs=... with the file of the "
                "authority instead.",
                self._name,
                label,
                host[:253],
            )

    def _tell_once(self, what: str, instead: str) -> None:
        if what not in self._has_told:
            self._has_told.add(what)
            self._log.warning(
                "%s.%s works as in oauthenticator, over the Hub's own HTTP client; please use %s. (Logged once.)",
                self._name,
                what,
                instead,
            )


def request_of(url: str, options: Mapping[str, Any], root: str = "") -> HTTPRequest:
    """The request to `url`, or to a path below `root`, with tornado's `options`.

    Raises
    ------
    TypeError
        For an option that does not exist, or that is not supported; it lists the known ones.
    """
    unknown = sorted(set(options) - set(REQUEST_OPTIONS))
    if unknown:
        raise TypeError(f"a request has no option {', '.join(unknown)}; known are: {', '.join(REQUEST_OPTIONS)}")
    return HTTPRequest(below(root, url), **options)


def _request(request: HTTPRequest, label: str, *, accept_json: bool) -> Request:
    """The request as the transport takes it."""
    for name in sorted(_OF_TORNADO - set(REQUEST_OPTIONS)):
        if getattr(request, name, None) is not None:
            raise TypeError(f"{label}: the option {name} of a request is not supported")
    for name, only in _AT_ONE_VALUE.items():
        given = getattr(request, name, None)
        if given is not None and bool(given) is not only:
            hint = ": request the URL that the server redirects to" if name == "follow_redirects" else ""
            raise TypeError(f"{label}: {name}={given!r} is not supported{hint}")
    method = request.method.upper()
    headers = HTTPHeaders({"Accept": "application/json" if accept_json else "*/*"})
    if method == "POST" and request.body is not None:
        headers["Content-Type"] = FORM
    for name, value in request.headers.items():
        headers[name] = str(value)
    if request.user_agent:
        headers["User-Agent"] = request.user_agent
    if request.auth_username is not None:
        if request.auth_mode not in (None, "basic"):
            raise TypeError(f"{label}: auth_mode must be 'basic'")
        pair = encode_username_password(request.auth_username, request.auth_password or "")
        headers["Authorization"] = "Basic " + b64encode(pair).decode("ascii")
    return Request(method, request.url, label, dict(headers), request.body, configured=True)


# --- errors ----------------------------------------------------------------------------------------------------------


def _refuse(received: Response, response: HTTPResponse, label: str) -> NoReturn:
    """Raise for a status other than 2xx. The error says neither headers nor body."""
    authorization = HTTPHeaders(dict(response.request.headers)).get("Authorization", "")
    error: SuiteError
    try:
        refuse_outage(received, label, of_user=bool(authorization))
    except TransportError as outage:
        error = outage
        if 300 <= received.status < 400 and (target := received.headers.get("location")):
            error.detail += _where_to(target)
    else:
        if received.status == 401 and _has_token_of_user(authorization):
            error = TokenResponseError("invalid_token", f"{label}: HTTP 401: the access token is not accepted")
        else:
            error = InvalidResponse(f"{label}: HTTP {received.status}")
    raise _client_error(error, received.status, response) from None


def _where_to(target: str) -> str:
    """A part of a sentence on the target of a redirect, without its query and without credentials."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "; it leads to an unreadable URL"
    return f"; it leads to {parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:300]


def _has_token_of_user(authorization: str) -> bool:
    """Whether the request was sent with the access token of this sign-in or refresh."""
    admission = current_admission()
    token = "" if admission is None else admission.access_token
    return bool(token) and authorization.partition(" ")[2] == token


def _client_error(error: E, code: int, response: HTTPResponse | None = None) -> E:
    """`error` as an error of tornado's client as well: `code`, `response`."""
    made: Any = _mixed(error, HTTPClientError)
    made.code, made.message, made.response = code, error.detail, response
    return cast(E, made)


def _mixed(error: E, other: type[Exception]) -> E:
    """`error` as an instance of both classes, so that code written for either catches it."""
    kind: Any = _mixed_class(cast(Hashable, type(error)), cast(Hashable, other))
    made = kind.__new__(kind, *error.args)
    made.args = error.args
    made.__dict__.update(error.__dict__)
    return cast(E, made)


@cache
def _mixed_class(kind: Any, other: Any) -> type[SuiteError]:
    return type(kind.__name__, (kind, other), {"__module__": kind.__module__, "__doc__": kind.__doc__})
