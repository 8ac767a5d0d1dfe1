"""`OperatorRequests`: the methods of `OAuthenticator` with which an operator's own code makes requests."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from tornado.httpclient import HTTPRequest

from .http_compat import HttpRequests, request_of


class OperatorRequests:
    """Requests of an operator's own code, with the HTTP client of the authenticator and its limits."""

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
