"""What it takes to log somebody out, whoever asks for it: the user, or the provider.

The handlers are in `logout_handlers`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ...errors import InvalidToken, SuiteError
from ...policy.identity import Identity
from ...protocol import logout as protocol
from ...protocol.id_token import Expectations
from ..accounts.auth_state import kept_auth_state
from ..accounts.record import KEY, SessionRecord
from .provider_sessions import Sessions, end_hub_sessions

if TYPE_CHECKING:
    from ..oauth.authenticator import OAuthenticator

PATIENCE = 3.0
"""Seconds that somebody who logs out waits for the provider."""

MAX_HINT = 3000
"""Characters. A longer ID token is left out of the redirect: proxies commonly allow 4 kB for all headers together."""

_REVOCABLE = ("refresh_token", "access_token")


class Logouts:
    """The logouts of one authenticator."""

    def __init__(self, authenticator: OAuthenticator) -> None:
        self._authenticator = authenticator
        self._seen = protocol.SeenTokens()
        self._in_background: set[asyncio.Task[None]] = set()

    @cached_property
    def sessions(self) -> Sessions:
        """Who is who at the provider."""
        return Sessions(self._authenticator.issuer, self._authenticator.owner_of)

    def note_login(self, user: User, auth_model: Mapping[str, Any]) -> None:
        """`user` has logged in with this authentication model."""
        auth_state, identity = auth_model.get("auth_state"), auth_model.get("identity")
        record = SessionRecord.of(auth_state) if isinstance(auth_state, Mapping) else SessionRecord()
        if record.subject is None and isinstance(identity, Identity):  # a hook has kept no record
            record = replace(record, issuer=identity.issuer, subject=identity.subject)
        self.sessions.note(user.id, record)

    # --- tokens ------------------------------------------------------------------------------------------------------

    async def drop_tokens(self, user: User, *, wait: bool = True) -> str | None:
        """Take the user's tokens out of `auth_state`, and have them revoked where `revoke_tokens_on_logout` says so.

        Returns
        -------
        The ID token that was among them. With `wait`, at most `PATIENCE` seconds are spent on revoking; it goes on
        in the background then, and is never an error.
        """
        authenticator = self._authenticator
        if not authenticator.enable_auth_state:
            return None
        async with authenticator.refresher.stopped(user.name):
            auth_state = await kept_auth_state(user)
            if not auth_state:
                return None
            tokens = {name: auth_state[name] for name in authenticator.auth_state_tokens if name in auth_state}
            if any(tokens.values()):
                emptied: dict[str, Any] = {
                    name: {} if isinstance(value, Mapping) else None for name, value in tokens.items()
                }
                left = {**auth_state, **emptied}
                if KEY in left:
                    # what is known counts as old: the user's other browsers are asked about, and there is no token
                    replace(SessionRecord.of(left), read_at=0.0).into(left)
                await user.save_auth_state(left)
        if not authenticator.is_of_this_provider(auth_state):
            return None  # these tokens are for nobody whom we could ask now
        if authenticator.revoke_tokens_on_logout and any(tokens.values()):
            await self._go_on_with(self._revoke(user.name, tokens), PATIENCE if wait else 0)
        id_token = tokens.get("id_token")
        return id_token if isinstance(id_token, str) else None

    async def _revoke(self, name: str, tokens: Mapping[str, Any]) -> None:
        """Hand the refresh token and the access token back (RFC 7009): not every provider couples the two."""
        authenticator = self._authenticator
        try:
            url = await authenticator.endpoint("revocation_url", "revocation_endpoint")
            client = await authenticator.client()
        except SuiteError as error:
            authenticator.log.warning("Tokens of %s could not be revoked: %s", name, error.detail)
            return

        async def revoke(token: str, hint: str) -> None:
            try:
                request = protocol.revocation_request(url, client, token, hint)
                protocol.process_revocation_response(await authenticator.transport.send(request))
            except SuiteError as error:
                authenticator.log.warning("The %s of %s could not be revoked: %s", hint, name, error.detail)
            else:
                authenticator.log.info("The %s of %s was revoked", hint, name)

        given = [(tokens[hint], hint) for hint in _REVOCABLE if isinstance(tokens.get(hint), str) and tokens[hint]]
        await asyncio.gather(*(revoke(token, hint) for token, hint in given))

    async def _go_on_with(self, work: Coroutine[Any, Any, None], patience: float) -> None:
        """Do `work`, waiting for at most `patience` seconds; it goes on afterwards."""
        task = asyncio.ensure_future(work)
        self._in_background.add(task)
        task.add_done_callback(self._in_background.discard)
        await asyncio.wait({task}, timeout=patience)

    # --- from here to the provider -----------------------------------------------------------------------------------

    async def provider_url(self, handler: BaseHandler, id_token: str | None, state: str) -> str:
        """Where to log out at the provider, or an empty string where that is not to be, or cannot be for now."""
        authenticator = self._authenticator
        if not authenticator.rp_initiated_logout:
            return ""
        try:
            endpoint = authenticator.endpoint("end_session_url", "end_session_endpoint")
            return protocol.logout_url(
                await asyncio.wait_for(endpoint, PATIENCE),
                id_token_hint=id_token if id_token and len(id_token) <= MAX_HINT else None,
                client_id=authenticator.client_id,
                post_logout_redirect_uri=authenticator.get_logged_out_url(handler),
                state=state,
            )
        except (SuiteError, asyncio.TimeoutError) as error:
            reason = error.detail if isinstance(error, SuiteError) else "no answer in time"
            authenticator.log.warning("Nobody is logged out at the provider: %s", reason)
            return ""

    # --- from the provider to here -----------------------------------------------------------------------------------

    async def accept_logout_token(self, raw: str, handler: BaseHandler) -> list[User]:
        """End the sessions that a logout token speaks of, if it is good; returns whose they were.

        Raises
        ------
        InvalidToken
            When it is not, or was used before. Nothing has happened then.
        SuiteError
            When that cannot be judged now.
        """
        authenticator = self._authenticator
        expectations = Expectations(
            client_id=authenticator.client_id,
            issuer=authenticator.issuer,
            nonce=None,
            access_token=None,
            algorithms=frozenset(authenticator.id_token_signed_response_alg),
        )
        secret = authenticator.current_client_secret()
        claims = await authenticator.provider.verify(raw, expectations, secret, protocol.check_logout_token)
        token = protocol.LogoutToken.of(claims)
        if not self._seen.use(token, time.time()):
            raise InvalidToken("jti", "this logout token was used before")
        try:
            ids = await self.sessions.find(handler.db, subject=token.subject, sid=token.sid)
            found = handler.db.query(orm.User).filter(orm.User.id.in_(ids)).all() if ids else []
            users = [user for user in (handler.users[row] for row in found) if await self._is_noted(user)]
            for user in users:
                await self.end(user)
        except BaseException:
            self._seen.forget(token)
            raise
        return users

    async def end(self, user: User) -> None:
        """End all of the user's sessions on this Hub, and drop their tokens. The provider is not waited for."""
        end_hub_sessions(user)
        await self.drop_tokens(user, wait=False)

    async def sids_of(self, user: User) -> set[str]:
        """The sessions at the provider that this user is known to have had."""
        if not await self._is_noted(user):
            return set()
        return self.sessions.sids_of(user.id, await kept_auth_state(user) or {})

    async def _is_noted(self, user: User) -> bool:
        """Whether what is noted under the number of this account is of the account.

        The number may be that of one that was deleted, and the account may be another provider's by now.
        """
        noted = self.sessions.subject_of(user.id)
        auth_state = await kept_auth_state(user)
        if noted is None or not auth_state:
            return True
        subject = self._authenticator.owner_of(auth_state).subject
        return self._authenticator.is_of_this_provider(auth_state) if subject is None else subject == noted
