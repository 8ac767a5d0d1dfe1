"""How a login leaves for the provider and what it brings back: the authorization code grant.

The authenticator stores the attempt in a cookie and does everything that follows. A flow knows what the protocol puts
into the redirect and how the response is validated. A provider with another protocol than OAuth 2.0 has its own flow:
MediaWiki's OAuth 1.0a is one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from ...errors import AttemptError, AuthorizationResponseError, InvalidToken
from ...protocol import token as token_protocol
from ...protocol.authorization import (
    NOT_COMPLETED,
    authorization_parameters,
    reported_error,
    validate_authorization_response,
)
from ...protocol.dpop import check_token_type
from ...protocol.response_object import parse_response, refusal, response_parameters
from .attempts import Attempt, AttemptSecrets, fingerprint, new_state
from .authorization_request import AuthorizationRequests
from .connection import ProviderConnection
from .dpop import current_binding, login_key
from .front_channel_options import FrontChannelOptions


class Flow(Protocol):
    """What a login flow can do. An operator's subclass must not override any of it."""

    async def leave(
        self, provider: str, redirect_uri: str, next_url: str, derived: AttemptSecrets, params: Mapping[str, str]
    ) -> tuple[Attempt, str]:
        """Begin a login: a new attempt, and the URL at the provider to which the browser is redirected.

        Parameters
        ----------
        provider:
            The `provider_id` of the authenticator, which the attempt names.
        redirect_uri:
            Where the provider sends the browser back to.
        next_url:
            Where the user wants to go in the Hub, or an empty string.
        derived:
            Derives the secrets of the attempt from its `state`.
        params:
            More query parameters of the redirect.
        """

    def decrypted(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """The parameters of a response, decrypted if the provider has encrypted them. The next methods take these.

        Raises
        ------
        AuthorizationResponseError
            When the response cannot be decrypted.
        """

    def state_in(self, params: Mapping[str, str]) -> str:
        """The `state` of the attempt that a response belongs to; an empty string when it names none.

        Raises
        ------
        AuthorizationResponseError
            When the response cannot belong to any attempt.
        """

    async def validate_response(self, params: Mapping[str, str], attempt: Attempt) -> str:
        """The authorization code, or what takes its place, in the response to `attempt`.

        Raises
        ------
        AttemptError
            ``mismatch`` when the attempt was sent to another issuer than the one configured now.
        AuthorizationResponseError
            When the response is an error, or does not belong to the attempt.
        """

    def grant(self, code: str, attempt: Attempt) -> dict[str, str]:
        """The fields of the token request that no override can change."""

    def check_token_info(self, token_info: Mapping[str, object]) -> None:
        """Refuse a malformed token response.

        Raises
        ------
        TokenResponseError
            Naming the field.
        """


class CodeFlowOptions(FrontChannelOptions, Protocol):
    """The options of an authenticator that the code flow reads."""

    issuer: str
    client_id: str
    scope: list[str]
    resources: list[str]

    def configured_url(self, option: str) -> str:
        """The URL in `option`, without what the provider's metadata say."""


class CodeFlow:
    """The authorization code grant (RFC 6749 §4.1) with PKCE, a nonce, and the issuer in the response (RFC 9207)."""

    def __init__(self, options: CodeFlowOptions, connection: ProviderConnection) -> None:
        self._options = options
        self._connection = connection
        self._requests = AuthorizationRequests(options, connection)

    async def leave(
        self, provider: str, redirect_uri: str, next_url: str, derived: AttemptSecrets, params: Mapping[str, str]
    ) -> tuple[Attempt, str]:
        """RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core 1.0 §3.1.2.1."""
        options, protections = self._options, self._connection.protections
        state = new_state()
        attempt = Attempt(
            provider=provider,
            state=state,
            nonce=derived.nonce(state) if "openid" in options.scope else "",
            code_verifier=derived.code_verifier(state) if protections.uses_pkce else "",
            redirect_uri=redirect_uri,
            next_url=next_url,
            issuer=fingerprint(self._asked),
            issued_at=time.time(),
            dpop_seed=derived.dpop_seed(state) if protections.uses_dpop else "",
        )
        key = login_key(attempt)
        parameters = authorization_parameters(
            client_id=options.client_id,
            redirect_uri=redirect_uri,
            scope=options.scope,
            state=attempt.state,
            nonce=attempt.nonce or None,
            code_verifier=attempt.code_verifier or None,
            extra=params,
            dpop_jkt=None if key is None else key.thumbprint,
            resources=options.resources,
            response_mode=await self._requests.response_mode(),
        )
        return attempt, await self._requests.url(parameters)

    @property
    def _asked(self) -> str:
        """What the attempt remembers of the provider: a code must not be sent to another one (RFC 9700 §4.4)."""
        return str(self._options.issuer or self._options.configured_url("token_url"))

    def decrypted(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """With the signed response in place of one that the provider has encrypted (JARM §2.2)."""
        if "response" not in params or not self._connection.protections.signed_responses:
            return params
        try:
            return {**params, "response": self._connection.encrypted.signed(params["response"])}
        except InvalidToken as error:
            raise refusal(error) from None

    def state_in(self, params: Mapping[str, str]) -> str:
        """The parameter ``state``. An error without it cannot be attributed to an attempt.

        Of a signed response it is read before the signature is verified, to find the attempt.
        """
        if self._connection.protections.signed_responses:
            params = response_parameters(parse_response(params).claims)
        if "state" not in params and "error" in params:
            raise AuthorizationResponseError(
                "no_state",
                "the provider reports an error without a state, so it is not known which login it means: "
                + reported_error(params),
                public_message=NOT_COMPLETED,
            )
        return params.get("state", "")

    async def validate_response(self, params: Mapping[str, str], attempt: Attempt) -> str:
        """RFC 6749 §4.1.2, RFC 9207 §2.4; of a signed response, JARM §2.4."""
        if attempt.issuer != fingerprint(self._asked):
            raise AttemptError(
                "mismatch", "the issuer or token_url was changed while the user was away at the provider"
            )
        issuer = self._connection.issuer
        if self._connection.protections.signed_responses:
            params = response_parameters(await self._connection.verify_response(params["response"]))
            iss_required = True
        else:
            announced = issuer.has_discovery and await issuer.metadata()
            iss_required = self._connection.protections.demands_issuer or bool(
                announced and announced.authorization_response_iss_parameter_supported
            )
        return validate_authorization_response(
            params, state=attempt.state, issuer=self._options.issuer or None, iss_required=iss_required
        )

    def grant(self, code: str, attempt: Attempt) -> dict[str, str]:
        """RFC 6749 §4.1.3, RFC 7636 §4.5."""
        return token_protocol.authorization_code_grant(code, attempt.redirect_uri, attempt.code_verifier or None)

    def check_token_info(self, token_info: Mapping[str, object]) -> None:
        """RFC 6749 §5.1, RFC 9449 §5."""
        token_protocol.check_token_info(token_info)
        binding = current_binding.get()
        check_token_type(token_info, bound=binding is not None)
        if binding is not None:
            binding.tokens.add(str(token_info["access_token"]))
