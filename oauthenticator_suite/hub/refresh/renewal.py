"""What the provider says now of somebody who is signed in, with new tokens where the old ones have ended."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyterhub.user import User

from ...errors import InvalidGrant, ProviderTimeout, TokenResponseError, TransportError
from ..accounts.record import SessionRecord, end_of_token
from ..base.authenticator import AuthModel

if TYPE_CHECKING:
    from ..oauth.authenticator import OAuthenticator

EXPIRY_MARGIN = 30.0
"""Seconds before its end from which an access token counts as expired."""

LONGEST = 6.0
"""How many times `provider_timeout` asking about one user may take. There are five requests at most, but an override
may do anything, and meanwhile nobody else would be asked about.
"""

_REFUSED = frozenset({"invalid_token", "insufficient_scope"})


def says_no(error: TokenResponseError) -> bool:
    """Whether the provider refuses this user's tokens, rather than this Hub or this request."""
    return isinstance(error, InvalidGrant) or error.error in _REFUSED


def token_ends(record: SessionRecord, now: float) -> bool:
    """Whether the access token has ended, or is about to."""
    return record.expires_at is not None and now >= record.expires_at - EXPIRY_MARGIN


async def ask_again(
    authenticator: OAuthenticator, user: User, auth_state: dict[str, Any], record: SessionRecord, now: float
) -> AuthModel:
    """The authentication model of `user` as the provider tells it now.

    Raises
    ------
    TokenResponseError
        Of which `says_no` is true when the user must log in again.
    ProviderTimeout
        Also when all of it together takes too long.
    SuiteError
        As for a login.
    """
    limit = LONGEST * authenticator.provider_timeout
    try:
        return await asyncio.wait_for(_ask_again(authenticator, user, auth_state, record, now), limit)
    except asyncio.TimeoutError:
        raise ProviderTimeout(f"asking again about a user did not come to an end in {limit:g} s") from None


async def _ask_again(
    authenticator: OAuthenticator, user: User, auth_state: dict[str, Any], record: SessionRecord, now: float
) -> AuthModel:
    has_refresh_token = bool(auth_state.get("refresh_token"))
    token_info = authenticator.kept_token_info(auth_state)
    if not has_refresh_token or (token_info.get("access_token") and not token_ends(record, now)):
        try:
            token = str(token_info.get("access_token") or "")
            await authenticator.check_kept_token(token, ended=token_ends(record, now))
            return await authenticator.reread_user(token_info, record)
        except TokenResponseError as error:
            if not says_no(error) or not has_refresh_token:
                raise
    token_info, record, auth_state = await _new_tokens(authenticator, user, auth_state, record)
    try:
        return await authenticator.reread_user(token_info, record)
    except TokenResponseError as error:
        if not says_no(error):
            raise
        # A token of just now: perhaps all were revoked meanwhile, or a part of the provider does not know it yet.
    token_info, record, auth_state = await _new_tokens(authenticator, user, auth_state, record)
    return await authenticator.reread_user(token_info, record)


async def _new_tokens(
    authenticator: OAuthenticator, user: User, auth_state: dict[str, Any], record: SessionRecord
) -> tuple[dict[str, Any], SessionRecord, dict[str, Any]]:
    """Use the refresh token: the new token response, and record and `auth_state` with it."""
    answer = await authenticator.use_refresh_token(auth_state)
    try:
        new = await authenticator.verify_refreshed(answer, auth_state, record)
    except TransportError:
        # Nothing of the answer may be used yet. But the old refresh token may be worth nothing from now on.
        successor = answer.get("refresh_token") or auth_state["refresh_token"]
        await user.save_auth_state({**auth_state, "refresh_token": successor})
        raise
    record = replace(record, expires_at=end_of_token(new))
    renewed = {**auth_state, "token_response": dict(new)}
    renewed.update({name: new.get(name) for name in ("access_token", "refresh_token", "id_token")})
    record.into(renewed)
    if renewed["refresh_token"] != auth_state["refresh_token"]:
        # Saved before they are used: were the Hub to stop now, the old refresh token would be worth nothing.
        await user.save_auth_state(renewed)
    return new, record, renewed
