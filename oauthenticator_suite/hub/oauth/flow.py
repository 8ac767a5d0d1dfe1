"""How a login leaves for the provider and what it brings back: the authorization code grant.

`OAuthenticator` owns the attempt, its cookie and what comes after; a flow knows what the protocol puts into the
redirect and how its answer is judged. A provider that speaks another protocol than OAuth 2.0 has a flow of its own
(MediaWiki's OAuth 1.0a is one).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ...errors import AttemptError, AuthorizationResponseError
from ...protocol import token as token_protocol
from ...protocol.authorization import authorization_url, validate_authorization_response
from .attempts import Attempt, new_secret

if TYPE_CHECKING:
    from .setup import OAuthSetup


class Flow(Protocol):
    """What a login flow must be able to do. None of it may be overridden by an operator's subclass."""

    async def leave(self, provider: str, redirect_uri: str, next_url: str) -> tuple[Attempt, str]:
        """A new attempt, and the URL of the provider's to send the browser to.

        Parameters
        ----------
        provider:
            What the attempt is to name as the authenticator it belongs to.
        redirect_uri:
            Where the provider is to send the browser back to.
        next_url:
            Where the user wants to go in the Hub, or an empty string.
        """

    def state_in(self, params: Mapping[str, str]) -> str:
        """The `state` of the attempt that an answer belongs to; an empty string when it names none.

        Raises
        ------
        AuthorizationResponseError
            When it cannot belong to any.
        """

    async def judge(self, params: Mapping[str, str], attempt: Attempt) -> str:
        """The code (or whatever takes its place) in an answer to `attempt`.

        Raises
        ------
        AttemptError
            ``mismatch`` when the attempt went to another issuer than the one configured now.
        AuthorizationResponseError
            When the answer is an error, or does not belong to the attempt.
        """

    def grant(self, code: str, attempt: Attempt) -> dict[str, str]:
        """The fields of the token request that nobody may change."""

    def check_token_info(self, token_info: Mapping[str, Any]) -> None:
        """Refuse a token response that is none.

        Raises
        ------
        TokenResponseError
            Naming what is wrong.
        """


class CodeFlow:
    """The authorization code grant (RFC 6749 §4.1) with PKCE, a nonce, and the issuer in the answer (RFC 9207)."""

    def __init__(self, authenticator: OAuthSetup) -> None:
        self._authenticator = authenticator

    async def leave(self, provider: str, redirect_uri: str, next_url: str) -> tuple[Attempt, str]:
        """RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core 1.0 §3.1.2.1."""
        authenticator = self._authenticator
        attempt = Attempt(
            provider=provider,
            state=new_secret(),
            nonce=new_secret() if "openid" in authenticator.scope else "",
            code_verifier=new_secret() if authenticator.enable_pkce else "",
            redirect_uri=redirect_uri,
            next_url=next_url,
            issuer=self._asked,
            issued_at=time.time(),
        )
        url = authorization_url(
            await authenticator.endpoint("authorize_url", "authorization_endpoint"),
            client_id=authenticator.client_id,
            redirect_uri=redirect_uri,
            scope=authenticator.scope,
            state=attempt.state,
            nonce=attempt.nonce or None,
            code_verifier=attempt.code_verifier or None,
            extra=authenticator.authorize_params(),
        )
        return attempt, url

    @property
    def _asked(self) -> str:
        """What the attempt remembers of the provider: a code must not go to another one (RFC 9700 §4.4)."""
        return str(self._authenticator.issuer or self._authenticator.token_url)

    def state_in(self, params: Mapping[str, str]) -> str:
        """The parameter ``state``. An error without one cannot be told to belong to any attempt."""
        if "state" not in params and "error" in params:
            raise AuthorizationResponseError(
                "no_state",
                "the provider reports an error without saying for which login",
                public_message="The login service reports that the sign-in was not completed.",
            )
        return params.get("state", "")

    async def judge(self, params: Mapping[str, str], attempt: Attempt) -> str:
        """RFC 6749 §4.1.2, RFC 9207 §2.4."""
        authenticator = self._authenticator
        if attempt.issuer != self._asked:
            raise AttemptError(
                "mismatch", "the issuer or token_url was changed while the user was away at the provider"
            )
        iss_required = False
        if authenticator.provider.has_discovery:
            iss_required = (await authenticator.provider.metadata()).authorization_response_iss_parameter_supported
        return validate_authorization_response(
            params, state=attempt.state, issuer=authenticator.issuer or None, iss_required=iss_required
        )

    def grant(self, code: str, attempt: Attempt) -> dict[str, str]:
        """RFC 6749 §4.1.3, RFC 7636 §4.5."""
        return token_protocol.authorization_code_grant(code, attempt.redirect_uri, attempt.code_verifier or None)

    def check_token_info(self, token_info: Mapping[str, Any]) -> None:
        """RFC 6749 §5.1."""
        token_protocol.check_token_info(token_info)
