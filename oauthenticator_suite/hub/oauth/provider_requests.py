"""`ProviderRequests`: the methods of `OAuthenticator` that make requests to the provider, or build a part of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from tornado.httpclient import HTTPRequest

from ...protocol import token as token_protocol
from ...protocol.client import Client
from ...protocol.messages import FORM, Request
from ..base.refresh_guard import is_overridden
from ..transport.client import Transport
from .connection import ProviderConnection
from .http_compat import HttpRequests, request_of


class RequestOptions(Protocol):
    """The options that these methods read."""

    client_id: str
    client_auth_method: str
    basic_auth: bool
    user_agent: str
    userdata_token_method: str
    api_base_url: str
    log: Logger | LoggerAdapter[Any]
    connection: ProviderConnection


class ProviderRequests:
    """Requests to the provider, for the stages and for an operator's own code."""

    _reported_token_types: frozenset[str] = frozenset()

    @property
    def transport(self: RequestOptions) -> Transport:
        """The HTTP client, with the limits and proxies of the options."""
        return self.connection.transport

    async def endpoint(self: RequestOptions, option: str, member: str, *, required: bool = True) -> str:
        """The URL in `option`, else the one that the provider's metadata have as `member`, else an empty string.

        Raises
        ------
        ConfigurationError
            When the endpoint is `required` and neither has it.
        """
        return await self.connection.endpoint(option, member, required=required)

    def discovered_url(self: RequestOptions, option: str) -> str:
        """What the provider's metadata say for an endpoint that no option sets; empty until they have been read."""
        return self.connection.discovered(option)

    async def client(self: RequestOptions) -> Client:
        """This Hub as the provider's client, with its method of client authentication."""
        return await self.connection.client()

    def current_client_secret(self: RequestOptions) -> str:
        """The client secret to send. `client_secret_file` is read again whenever the file has changed.

        During a rotation it is the one that the provider has accepted: see `previous_client_secret`.

        Raises
        ------
        ConfigurationError
            When the file cannot be read, or is empty.
        """
        return self.connection.client_secret()

    def client_secret_age(self: RequestOptions) -> float | None:
        """For how many seconds the client secret has been in use, at least; None when there is none.

        It counts from the last change of its file, or from the first start with it, whichever is longer ago.
        """
        return self.connection.secrets.age()

    def client_secret_expires_in(self: RequestOptions) -> float | None:
        """The seconds until `client_secret_expires_at`, negative after it; None when that is not set."""
        return self.connection.secrets.expires_in()

    # --- parts of the two requests of a login ------------------------------------------------------------------------

    def build_token_info_request_headers(self: Any) -> dict[str, str]:
        """The headers of the token request. What an override adds or replaces is sent."""
        headers = {
            "Accept": "application/json",
            "Content-Type": f"{FORM}; charset=utf-8",
            "User-Agent": self.user_agent,
        }
        if self._sends_basic_auth:
            client = Client(self.client_id, self.current_client_secret(), "client_secret_basic")
            headers.update(client.authenticate({})[0])
        return headers

    def build_refresh_token_request_params(self: Any, refresh_token: str) -> dict[str, str]:
        """The fields of the token request at a refresh (RFC 6749 §6). An override may add fields.

        It cannot change grant_type and refresh_token.
        """
        fields = token_protocol.refresh_token_grant(refresh_token)
        if self._sends_basic_auth:
            return fields
        return {**fields, "client_id": self.client_id, "client_secret": self.current_client_secret()}

    def build_userdata_request_headers(self: Any, access_token: str, token_type: str | None) -> dict[str, str]:
        """The headers of a request with the user's access token. What an override adds or replaces is sent.

        A `token_type` of ``bearer`` in any case, or None, is written ``Bearer``; another type as it is.
        """
        scheme = token_protocol.authorization_scheme({"token_type": token_type})
        return {
            "Accept": "application/json",
            "User-Agent": self.user_agent,
            "Authorization": f"{scheme} {access_token}",
        }

    @property
    def _sends_basic_auth(self: RequestOptions) -> bool:
        """Whether the options, without the provider's metadata, say that the client's secret goes into a header."""
        return (self.client_auth_method or ("client_secret_basic" if self.basic_auth else "")) == "client_secret_basic"

    def with_own_headers(self: Any, request: Request, builder: str, *arguments: Any) -> Request:
        """`request` with the headers of an override of the method `builder`; the same when there is no override."""
        if not is_overridden(type(self), builder):
            return request
        own: Mapping[str, str] = getattr(self, builder)(*arguments)
        replaced = {name.lower() for name in own}
        headers = {name: value for name, value in request.headers.items() if name.lower() not in replaced}
        return replace(request, headers={**headers, **own})

    def scheme_of(self, token_info: Mapping[str, Any]) -> str:
        """The scheme of the Authorization header for the access token. The log names another one than Bearer once."""
        scheme = token_protocol.authorization_scheme(token_info)
        if scheme != "Bearer" and scheme not in self._reported_token_types:
            self._reported_token_types |= {scheme}
            log: Logger = self.log  # type: ignore[attr-defined]
            log.warning(
                "%s: the provider's access tokens are of the type %r, not Bearer. The userinfo request sends the token "
                "as this type; all other requests as Bearer. (Logged once.)",
                type(self).__name__,
                scheme,
            )
        return scheme

    # --- other requests ----------------------------------------------------------------------------------------------

    @cached_property
    def http_client(self: Any) -> HttpRequests:
        """For code written for `oauthenticator`: ``fetch(url or HTTPRequest, method=, headers=, body=, …)``.

        It returns tornado's ``HTTPResponse``. New code uses `httpfetch`.
        """
        return HttpRequests(type(self).__name__, self.transport, self.log)

    async def httpfetch(
        self: Any,
        url: str,
        label: str = "fetching",
        parse_json: bool = True,
        raise_error: bool = True,
        **request_options: Any,
    ) -> Any:
        """Make another request, with the same HTTP client and its limits. Redirects are not followed.

        Parameters
        ----------
        url:
            A URL, or a path below `api_base_url`.
        label:
            The purpose of the request, for the log and for errors.
        parse_json:
            Whether to return the JSON value of the response.
        raise_error:
            Whether a status other than 2xx raises an exception.
        request_options:
            tornado's names: `method` (default GET), `headers`, `body` (str or bytes), `request_timeout` and
            `connect_timeout` in seconds, `auth_username` and `auth_password`, `user_agent`, `validate_cert`,
            `ca_certs`, `client_cert`, `client_key`, `proxy_host`, `proxy_port`, and a few that change nothing. With
            ``validate_cert=False`` the log has a warning.

        Returns
        -------
        The JSON value of the response, of any type, and None for an empty body; without `parse_json` a
        `tornado.httpclient.HTTPResponse` (``code``, ``headers``, ``body``).

        Raises
        ------
        TransportError
            When there is no response, or it is not 2xx, or not JSON. It is a
            `tornado.httpclient.HTTPClientError` (``code``, ``response``) or a `ValueError` as well.
        TokenResponseError
            For status 401 to a request with the user's access token. At a refresh, the refresh token is then used.
        TypeError
            For an unknown option.
        """
        request = request_of(url, request_options, self.api_base_url)
        return await self.http_client.answer(request, label, parse_json=parse_json, raise_error=raise_error)

    async def fetch(
        self: Any, req: HTTPRequest, label: str = "fetching", parse_json: bool = True, raise_error: bool = True
    ) -> Any:
        """As `httpfetch`, for a request of tornado's. New code uses `httpfetch`."""
        return await self.http_client.fetch_json(req, label, parse_json=parse_json, raise_error=raise_error)
