"""`ProviderRequests`: the methods of `OAuthenticator` that make requests to the provider, or build a part of one.

Among them are the stages that ask the provider; the other stages are in `authenticator`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from functools import cached_property
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler

from ...errors import AttemptError, ConfigurationError, InvalidResponse, TokenResponseError, TransportError
from ...policy.restrictions import verified_email
from ...protocol import token as token_protocol
from ...protocol.client import Client
from ...protocol.dpop import SCHEME
from ...protocol.messages import FORM, Request
from ...protocol.resource_indicators import resource_fields
from ...protocol.userinfo import check_subject, userinfo_request
from ..base.admission import current_admission
from ..base.refresh_guard import is_overridden
from ..transport.client import Transport
from .claim_sources import merged
from .connection import ProviderConnection
from .dpop import current_binding
from .memberships import Found
from .operator_requests import OperatorRequests
from .token_answer import answer_of


class RequestOptions(Protocol):
    """The options that these methods read."""

    client_id: str
    user_agent: str
    userdata_token_method: str
    api_base_url: str
    log: Logger | LoggerAdapter[Any]
    connection: ProviderConnection


class ProviderRequests(OperatorRequests):
    """Requests to the provider, for the stages and for an operator's own code."""

    userdata_types: frozenset[str] = frozenset()
    """Media types, besides JSON's, with which the provider is known to send the user's data."""

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

    # --- the stages that ask the provider ----------------------------------------------------------------------------

    def build_access_tokens_request_params(
        self: Any, handler: BaseHandler, data: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The fields of the token request (RFC 6749 §4.1.3), without those of the client authentication.

        An override may add fields. It cannot change code, redirect_uri, code_verifier and grant_type.
        """
        if not data:
            raise AttemptError("missing", "no login attempt to build a token request for")
        return {
            **{key: str(value) for key, value in self.token_params.items()},
            **resource_fields(self.resources),
            **self.flow.grant(data["code"], data["attempt"]),
        }

    async def get_token_info(self: Any, handler: BaseHandler | None, params: Mapping[str, Any]) -> dict[str, Any]:
        """POST `params` to the token endpoint; returns the token response (RFC 6749 §5.1).

        A parameter with a list of values is sent several times.

        Raises
        ------
        TokenResponseError, TransportError
            When the provider refuses, or cannot be asked.
        """
        url = await self.endpoint("token_url", "token_endpoint")
        connection: ProviderConnection = self.connection
        secrets, send, binding = connection.secrets, self.transport.send, current_binding.get()

        async def ask(client: Client) -> dict[str, Any]:
            def build() -> Any:
                request = token_protocol.token_request(url, client, secrets.without(params))
                return self.with_own_headers(request, "build_token_info_request_headers")

            try:
                return await answer_of(send(build()) if binding is None else binding.send(send, build))
            except TokenResponseError as error:
                token_protocol.name_credentials(error, client, params)
                raise

        return await connection.authenticated(ask)

    async def token_to_user(self: Any, token_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data: from the ID token with `userdata_from_id_token`, else from the userinfo endpoint.

        With `merge_id_token_claims`, from both.

        An override gets the checked token response, and returns a dict. `id_token_claims` has the claims of the
        verified ID token; if there is one, the ``sub`` of the result must be the same.
        """
        claims = self.id_token_claims
        url = ""
        if not self.userdata_from_id_token:
            url = await self.endpoint("userdata_url", "userinfo_endpoint", required=False)
        if not url:
            if claims is None:
                raise ConfigurationError(
                    f"c.{type(self).__name__}: neither userdata_url nor an ID token tells who the user is"
                )
            return merged(claims, {}) if self.merge_id_token_claims else dict(claims)
        if self.merge_id_token_claims and claims is None:  # a login of before the option was set
            raise InvalidResponse("there is no ID token, and merge_id_token_claims is set")
        token, scheme, binding = token_info["access_token"], self.scheme_of(token_info), current_binding.get()
        request = userinfo_request(
            url,
            access_token=token,
            method=self.userdata_token_method if binding is None else "header",
            params={key: str(value) for key, value in self.userdata_params.items()},
            scheme=scheme,
            accept=self.connection.userinfo.accept,
        )
        request = self.with_own_headers(request, "build_userdata_request_headers", token, scheme)
        send = self.transport.send
        response = await (send(request) if binding is None else binding.send_with_token(send, request, token))
        user_info = self.readable(await self.connection.userinfo.read(response, self.userdata_types))
        if claims is not None:
            # OpenID Connect Core 1.0 §5.3.2: without an equal sub the data may belong to another user
            required = self.connection.issuer.can_verify or self.merge_id_token_claims
            check_subject(user_info, claims["sub"], required=required)
        return merged(claims, user_info) if claims is not None and self.merge_id_token_claims else user_info

    async def look_up(
        self: Any, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """What else the provider must be asked: for a provider's class with options of the type `Grants`.

        It runs at the same time as `token_to_user`, at a login and at each refresh that asks the provider.

        Parameters
        ----------
        token_info:
            The checked token response. Memberships are asked for with its access token.
        user:
            Await it for the user's data, where a request needs them. Other requests should be sent before that.
        wanted:
            The names in all options of a kind, such as ``{"organization": {"jupyter"}}``, without empty ones.

        Raises
        ------
        SuiteError
            When the provider cannot be asked. It ends the login, or this refresh.
        """
        return Found()

    def wanted_memberships(self: Any) -> Mapping[str, frozenset[str]]:
        """By kind, the names in options of the type `Grants`."""
        wanted: dict[str, frozenset[str]] = {}
        for name, kind in self._membership_options.items():
            if names := getattr(self, name):
                wanted[kind] = wanted.get(kind, frozenset()) | frozenset(names)
        return wanted

    @cached_property
    def _membership_options(self: Any) -> Mapping[str, str]:
        """The kind of each option of the type `Grants`, by its name."""
        traits = self.traits(membership=lambda kind: kind is not None)
        return {name: trait.metadata["membership"] for name, trait in traits.items()}

    async def collect_verified_emails(self: Any, token_info: dict[str, Any], user_info: dict[str, Any]) -> list[str]:
        """The addresses that the provider has verified, for `collect_emails`. An override may ask for more of them.

        If it raises, the log has a warning, and only the address in `user_info` is taken.
        """
        email = verified_email(user_info)
        return [email] if email is not None else []

    @property
    def id_token_claims(self: Any) -> Mapping[str, Any] | None:
        """Inside a stage: the claims of the verified ID token of this login or refresh; None when there is none."""
        admission = current_admission()
        return None if admission is None else admission.id_token_claims

    # --- parts of the requests of a login ----------------------------------------------------------------------------

    def authorize_params(self: Any) -> dict[str, str]:
        """More query parameters of the redirect to the provider: `extra_authorize_params`, and a provider's own."""
        given = {key: str(value) for key, value in self.extra_authorize_params.items()}
        if self.acr_values:
            given["acr_values"] = " ".join(self.acr_values)
        if self.reauthenticate_after is None:
            return given
        again = {"prompt": "login"} if self.reauthenticate_after == 0 else {}
        return {**again, **given, "max_age": str(self.reauthenticate_after)}

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

    def build_refresh_token_request_params(self: Any, refresh_token: str) -> dict[str, Any]:
        """The fields of the token request at a refresh (RFC 6749 §6). An override may add fields.

        It cannot change grant_type and refresh_token.
        """
        fields = {**token_protocol.refresh_token_grant(refresh_token), **resource_fields(self.resources)}
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
        return self.connection.authentication.named == "client_secret_basic"

    def with_own_headers(self: Any, request: Request, builder: str, *arguments: Any) -> Request:
        """`request` with the headers of an override of the method `builder`; the same when there is no override."""
        if builder not in self._own_builders:
            return request
        own: Mapping[str, str] = getattr(self, builder)(*arguments)
        replaced = {name.lower() for name in own}
        headers = {name: value for name, value in request.headers.items() if name.lower() not in replaced}
        return replace(request, headers={**headers, **own})

    @cached_property
    def _own_builders(self: Any) -> frozenset[str]:
        """The methods that build headers, as far as a class outside of this package overrides them."""
        builders = ("build_token_info_request_headers", "build_userdata_request_headers")
        return frozenset(builder for builder in builders if is_overridden(type(self), builder))

    def scheme_of(self: Any, token_info: Mapping[str, Any]) -> str:
        """The scheme of the Authorization header for the access token. The log names another one than Bearer once."""
        scheme = token_protocol.authorization_scheme(token_info)
        if scheme not in ("Bearer", SCHEME) and scheme not in self._reported_token_types:
            self._reported_token_types |= {scheme}
            self.log.warning(
                "%s: the provider's access tokens are of the type %r, not Bearer. The userinfo request sends the token "
                "as this type; all other requests as Bearer. (Logged once.)",
                type(self).__name__,
                scheme,
            )
        return scheme

    # --- the tokens that a login has got -----------------------------------------------------------------------------

    async def validate_token(self: Any, token: str) -> bool | None:
        """Whether the provider says that an access token is valid: True, False, or None if it is not known.

        Asks `validate_token_url`; without that it is None. An override for a provider that is asked in another way must
        return None for every answer that is neither a yes nor a no. A refresh asks this when the user's data come from
        the ID token.
        """
        if not self.validate_token_url:
            return None
        connection: ProviderConnection = self.connection
        try:
            return await connection.accepts_token(self.validate_token_url, token)
        except TransportError as error:
            self.log.warning("c.%s.validate_token_url: %s", type(self).__name__, error.detail)
            return None

    def revocable_tokens(self: Any, tokens: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The tokens to revoke at a logout, each with its type (RFC 7009 §2.1).

        Parameters
        ----------
        tokens:
            The entries of `auth_state` that `auth_state_tokens` names.
        """
        types = ("refresh_token", "access_token")
        return [(tokens[name], name) for name in types if isinstance(tokens.get(name), str) and tokens[name]]
