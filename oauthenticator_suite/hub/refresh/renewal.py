"""Asking the provider again about a signed-in user, with new tokens where the old ones have expired."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from jupyterhub.user import User

from ...errors import InvalidGrant, InvalidResponse, ProviderTimeout, TokenResponseError, TransportError
from ..accounts.auth_state import encrypted_auth_state
from ..accounts.record import SessionRecord
from ..accounts.sign_in import SignIn
from ..base.refresh_guard import is_overridden
from ..maybe_await import result_of
from .ports import RefreshedAuthenticator, RefreshPipeline
from .rotation import Rotation, with_refresh_token

EXPIRY_MARGIN = 30.0
"""Seconds before its end at which an access token counts as expired."""

MAX_TIMEOUTS = 6.0
"""How many times `provider_timeout` one refresh may take. It makes five requests at most, but an override may make
more, and the refresh occupies a connection meanwhile.
"""

_REFUSED = frozenset({"invalid_token", "insufficient_scope"})


def ends_session(error: TokenResponseError) -> bool:
    """Whether the provider refuses this user's tokens, rather than this Hub or this request."""
    return isinstance(error, InvalidGrant) or error.error in _REFUSED


def token_expires(record: SessionRecord, now: float) -> bool:
    """Whether the access token has expired, or is about to. `now` is in seconds since the epoch."""
    return record.expires_at is not None and now >= record.expires_at - EXPIRY_MARGIN


class Renewal:
    """Reads users again at the provider, for one authenticator."""

    def __init__(self, authenticator: RefreshedAuthenticator, pipeline: RefreshPipeline) -> None:
        self._authenticator = authenticator
        self._pipeline = pipeline
        self._rotation = Rotation(pipeline.redeem_refresh_token, authenticator.log)

    async def read_again(self, user: User, stored: SignIn, now: float) -> SignIn:
        """What the provider says about the user now.

        Raises
        ------
        TokenResponseError
            For which `ends_session` is True when the user must sign in again.
        ProviderTimeout
            Also when all requests together take too long.
        SuiteError
            As for a login.
        """
        limit = MAX_TIMEOUTS * self._authenticator.provider_timeout
        try:
            with self._authenticator.connection.bound_to_key_of(stored):
                return await asyncio.wait_for(self._read_again(user, stored, now), limit)
        except asyncio.TimeoutError:
            raise ProviderTimeout(f"the requests of one refresh did not end within {limit:g} s") from None

    async def _read_again(self, user: User, stored: SignIn, now: float) -> SignIn:
        refreshable = bool(_refresh_token(stored))
        expired = token_expires(stored.record, now)
        access_token = str(stored.token_info.get("access_token") or "")
        is_current = bool(access_token) and not expired and not self._pipeline.needs_id_token(stored, now)
        if not refreshable or is_current:
            try:
                await check_kept_token(self._authenticator, stored, ended=expired)
                return await self._pipeline.read_again(stored, user.name)
            except TokenResponseError as error:
                if not ends_session(error) or not refreshable:
                    raise
        stored = await self._renew(user, stored)
        try:
            return await self._read_with_new_tokens(user, stored)
        except TokenResponseError as error:
            if not ends_session(error):
                raise
            # The token is new: all tokens were revoked in between, or one server of the provider does not know it yet.
        return await self._read_with_new_tokens(user, await self._renew(user, stored))

    async def _read_with_new_tokens(self, user: User, stored: SignIn) -> SignIn:
        """Read the user again. If the provider does not answer, the new tokens are stored for the next time."""
        before = encrypted_auth_state(user)
        try:
            return await self._pipeline.read_again(stored, user.name)
        except TransportError:
            self._rotation.store(user, before, _auth_state(stored))
            raise

    async def _renew(self, user: User, stored: SignIn) -> SignIn:
        """Use the refresh token. Its successor is stored first: the old token may be worthless from now on."""
        before = _auth_state(stored)
        answer, successor = await self._rotation.exchange(user, before)
        if answer.error is not None:
            raise answer.error
        auth_state = with_refresh_token(before, successor) if successor != _refresh_token(stored) else {**before}
        return await self._pipeline.renewed(replace(stored, auth_state=auth_state), answer.token_info or {})


async def check_kept_token(authenticator: RefreshedAuthenticator, stored: SignIn, *, ended: bool = False) -> None:
    """Refuse an access token that has expired or was revoked, where no other request of a refresh would show it.

    Parameters
    ----------
    ended:
        Whether the token has expired, by the lifetime that the provider gave it.

    Raises
    ------
    TokenResponseError
        When the provider says that the token is not valid, or it has expired and the provider cannot be asked.
    TransportError
        When the provider does not say whether the token is valid.
    """
    token = str(stored.token_info.get("access_token") or "")
    reads_userinfo = not authenticator.userdata_from_id_token
    if reads_userinfo and await authenticator.endpoint("userdata_url", "userinfo_endpoint", required=False):
        return
    if is_overridden(type(authenticator), "validate_token"):
        verdict = await result_of(authenticator.validate_token(token))
    elif authenticator.validate_token_url:
        verdict = await authenticator.connection.accepts_token(authenticator.validate_token_url, token)
    else:
        introspection = authenticator.connection.introspection
        verdict = await introspection.is_active(stored, refreshable=bool(_refresh_token(stored)))
        if verdict is None and ended:  # the user's data would stay those of the login forever
            raise TokenResponseError("invalid_token", "the access token has expired, and there is no refresh token")
        if verdict is None:
            return
    if verdict is None:
        raise InvalidResponse("whether the access token is still valid is unknown")
    if not verdict:
        raise TokenResponseError("invalid_token", "the provider says that the access token is not valid")


def _auth_state(stored: SignIn) -> Mapping[str, object]:
    return stored.auth_state or {}


def _refresh_token(stored: SignIn) -> str:
    return str(_auth_state(stored).get("refresh_token") or "")
