"""Logging a user out, at the request of the user or of the provider. The HTTP handlers are in `handlers`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from sqlalchemy.orm import Session

from ...errors import DatabaseFailed, InvalidToken, SuiteError, UnreadableRecord
from ...policy.identity import Identity
from ...protocol import logout as protocol
from ...protocol.client import Client
from ..accounts.auth_state import kept_auth_state, save_auth_state
from ..accounts.record import KEY, SessionRecord
from ..database import database_access
from ..observe.facts import LoggedOut
from ..observe.observers import StatesFacts
from ..sessions.endings import Endings
from ..sessions.outcome import Reason
from ..store.store import store_of
from ..transport.client import Transport
from .provider_sessions import IndexedAuthenticator, ProviderSessions

LOGOUT_MAX_WAIT = 3.0
"""Maximum number of seconds that a logout of a user waits for the provider."""

MAX_HINT = 3000
"""Maximum length of the ``id_token_hint`` in characters.

A longer ID token is left out of the redirect, because proxies commonly limit all headers together to 4 kB.
"""


class LogoutOptions(StatesFacts, IndexedAuthenticator, Protocol):
    """The part of `OAuthenticator` that a logout uses. The options' help is in `hub.options`."""

    issuer: str
    client_id: str
    clock_tolerance: float
    enable_auth_state: bool
    backchannel_logout: bool
    frontchannel_logout: bool
    rp_initiated_logout: bool
    revoke_tokens_on_logout: bool
    auth_state_tokens: tuple[str, ...]
    logout_parameters: Mapping[str, str]
    endings: Endings

    def is_of_this_provider(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether `auth_state` comes from a login at the provider that is configured now."""

    def revocable_tokens(self, tokens: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The tokens to revoke, each with its type."""

    def get_logged_out_url(self, handler: BaseHandler) -> str:
        """The URL to which the provider's logout page redirects the browser."""


class Connection(Protocol):
    """The part of `hub.oauth.connection.ProviderConnection` that a logout uses."""

    @property
    def transport(self) -> Transport:
        """The HTTP client."""

    async def endpoint(self, option: str, member: str, *, required: bool = True) -> str:
        """The URL of an endpoint."""

    async def client(self) -> Client:
        """This Hub as the provider's client."""

    async def authenticated(self, request: Callable[[Client], Awaitable[None]]) -> None:
        """Make a request of this client, with the other client secret if the provider refuses the one in use."""

    async def verify_logout_token(self, raw: str) -> protocol.LogoutToken:
        """The content of a verified logout token."""


class PausableRefresher(Protocol):
    """The part of `hub.refresh.refresher.Refresher` that a logout uses."""

    def paused(self, name: str) -> AbstractAsyncContextManager[None]:
        """Stop the user's refresh, and start no other one until the block ends."""


class Logouts:
    """The logouts of one authenticator."""

    def __init__(self, authenticator: LogoutOptions, connection: Connection, refresher: PausableRefresher) -> None:
        self._authenticator = authenticator
        self._connection = connection
        self._refresher = refresher
        self._in_background: set[asyncio.Task[None]] = set()

    @cached_property
    def sessions(self) -> ProviderSessions:
        """From the provider's subjects and sessions to accounts of the Hub."""
        return ProviderSessions(self._authenticator)

    def note_login(self, user: User, auth_model: Mapping[str, Any], identity: Identity | None) -> None:
        """Add a login of `user` to the index, if the provider may end sessions.

        `auth_model` and `identity` are the results of that login.
        """
        if not self._authenticator.backchannel_logout and not self._authenticator.frontchannel_logout:
            return
        auth_state = auth_model.get("auth_state")
        record = SessionRecord.of(auth_state) if isinstance(auth_state, Mapping) else SessionRecord()
        if record.subject is None and identity is not None:  # a hook removed the record
            record = replace(record, issuer=identity.issuer, subject=identity.subject)
        self.sessions.add_login(user.id, record)

    # --- tokens ------------------------------------------------------------------------------------------------------

    async def drop_tokens(self, user: User, *, wait: bool = True) -> str | None:
        """Remove the user's tokens from `auth_state`, and revoke them if `revoke_tokens_on_logout` is set.

        With `wait`, this method waits at most `LOGOUT_MAX_WAIT` seconds for the revocation, which then continues in the
        background. A failed revocation is logged and raises nothing.

        Returns
        -------
        str or None
            The removed ID token; None if there was none, or if the tokens come from another provider.
        """
        authenticator = self._authenticator
        if not authenticator.enable_auth_state:
            return None
        async with self._refresher.paused(user.name):
            try:
                auth_state = await kept_auth_state(user)
            except UnreadableRecord as error:
                authenticator.log.warning("Tokens cannot be removed or revoked: %s", error.detail)
                return None
            if not auth_state:
                return None
            tokens = {name: auth_state[name] for name in authenticator.auth_state_tokens if name in auth_state}
            if any(tokens.values()):
                emptied: dict[str, Any] = {
                    name: {} if isinstance(value, Mapping) else None for name, value in tokens.items()
                }
                left = {**auth_state, **emptied}
                if KEY in left:
                    # Mark the stored data as old: a refresh for another browser must then ask the provider, and ends
                    # the session because there is no token.
                    replace(SessionRecord.of(left), read_at=0.0, dpop_key=None).into(left)
                await save_auth_state(user, left)
        if not authenticator.is_of_this_provider(auth_state):
            return None  # the tokens come from a provider that is no longer configured
        if authenticator.revoke_tokens_on_logout and any(tokens.values()):
            await self._run(self._revoke(user.name, tokens), LOGOUT_MAX_WAIT if wait else 0)
        id_token = tokens.get("id_token")
        return id_token if isinstance(id_token, str) else None

    async def stored_id_token(self, user: User) -> str | None:
        """The ID token of the user's last login; None if there is none, or if it comes from another provider."""
        if not self._authenticator.enable_auth_state:
            return None
        auth_state = await kept_auth_state(user) or {}
        id_token = auth_state.get("id_token")
        return id_token if isinstance(id_token, str) and self._authenticator.is_of_this_provider(auth_state) else None

    async def _revoke(self, name: str, tokens: Mapping[str, Any]) -> None:
        """Revoke the refresh token and the access token (RFC 7009). Not every provider revokes both at once."""
        authenticator = self._authenticator
        try:
            url = await self._connection.endpoint("revocation_url", "revocation_endpoint")
            await self._connection.client()
        except SuiteError as error:
            authenticator.log.warning("Tokens of %s could not be revoked: %s", name, error.detail)
            return

        async def ask(client: Client, token: str, hint: str) -> None:
            request = protocol.revocation_request(url, client, token, hint)
            protocol.process_revocation_response(await self._connection.transport.send(request))

        async def revoke(token: str, hint: str) -> None:
            try:
                await self._connection.authenticated(lambda client: ask(client, token, hint))
            except SuiteError as error:
                authenticator.log.warning("The %s of %s could not be revoked: %s", hint, name, error.detail)
            else:
                authenticator.log.info("The %s of %s was revoked", hint, name)

        await asyncio.gather(*(revoke(token, hint) for token, hint in authenticator.revocable_tokens(tokens)))

    async def _run(self, work: Coroutine[Any, Any, None], max_wait: float) -> None:
        """Start `work` and wait at most `max_wait` seconds for it. After that it continues in the background."""
        task = asyncio.ensure_future(work)
        self._in_background.add(task)
        task.add_done_callback(self._in_background.discard)
        await asyncio.wait({task}, timeout=max_wait)

    # --- the redirect to the provider --------------------------------------------------------------------------------

    async def provider_url(self, handler: BaseHandler, id_token: str | None, state: str) -> str:
        """The URL of the provider's logout page, for a redirect.

        Empty if `rp_initiated_logout` is off, or if the endpoint cannot be found out within `LOGOUT_MAX_WAIT` seconds.
        """
        authenticator = self._authenticator
        if not authenticator.rp_initiated_logout:
            return ""
        try:
            endpoint = self._connection.endpoint("end_session_url", "end_session_endpoint")
            return protocol.logout_url(
                await asyncio.wait_for(endpoint, LOGOUT_MAX_WAIT),
                id_token_hint=id_token if id_token and len(id_token) <= MAX_HINT else None,
                client_id=authenticator.client_id,
                post_logout_redirect_uri=authenticator.get_logged_out_url(handler),
                state=state,
                renamed=authenticator.logout_parameters,
            )
        except (SuiteError, asyncio.TimeoutError) as error:
            reason = error.detail if isinstance(error, SuiteError) else "no answer in time"
            authenticator.log.warning("The user stays signed in at the provider: %s", reason)
            return ""

    # --- logout by the provider --------------------------------------------------------------------------------------

    async def accept_logout_token(self, raw: str, handler: BaseHandler) -> list[User]:
        """End the sessions that a logout token names.

        Returns
        -------
        list[User]
            The users whose sessions have ended.

        Raises
        ------
        InvalidToken
            If the token is invalid or was used before. No session has ended then.
        SuiteError
            If the token cannot be verified at the moment.
        """
        token = await self._connection.verify_logout_token(raw)
        with self._used_once(token, handler.db):
            named = await self.sessions.find(handler.db, subject=token.subject, sid=token.sid)
            rows = (
                handler.db.query(orm.User).filter(orm.User.id.in_(named)).order_by(orm.User.id).all() if named else []
            )
            found = [handler.users[row] for row in rows]
            users = [user for user in found if await self._is_owner(user, named[user.id])]
            users = [user for user in users if not self._is_older_than_login(token, user)]
            for user in users:
                await self.end(user)
        return users

    @contextmanager
    def _used_once(self, token: protocol.LogoutToken, db: Session) -> Iterator[None]:
        """Mark the token as used, also for the time after a restart. If the block fails, it may be sent again."""
        used, now = store_of(db).used_tokens, time.time()
        identifier = f"{self._authenticator.issuer} {token.jti}"
        with database_access(db, "the identifier of a logout token"):
            is_new = used.use(identifier, token.expires_at + self._authenticator.clock_tolerance, now)
            db.commit()
        if not is_new:
            raise InvalidToken("jti", "this logout token was used before")
        try:
            yield
        except BaseException:
            with suppress(DatabaseFailed), database_access(db, "the identifier of a logout token"):
                used.forget(identifier)
                db.commit()
            raise

    def _is_older_than_login(self, token: protocol.LogoutToken, user: User) -> bool:
        """Whether the user has signed in since the token was issued: then it is about an earlier session."""
        signed_in_at = store_of(user.db).accounts.of(user.orm_user).signed_in_at
        if signed_in_at is None or token.issued_at >= int(signed_in_at):
            return False
        self._authenticator.log.info("A logout token about %s is older than the last login, and is ignored", user.name)
        return True

    async def end(self, user: User) -> None:
        """End all sessions of the user on this Hub and remove the stored tokens, without waiting for the provider."""
        authenticator = self._authenticator
        authenticator.endings.end_sessions(user, Reason.PROVIDER_LOGOUT)
        name = authenticator.observed_name
        authenticator.observers.note(LoggedOut(provider=name, username=user.name, by="provider", everywhere=True))
        await self.drop_tokens(user, wait=False)

    async def session_ids_of(self, user: User) -> set[str]:
        """The session IDs (``sid``) of the provider that are known for this user."""
        if not await self._is_owner(user, self.sessions.known_identity(user.id)):
            return set()
        return self.sessions.session_ids_of(user.id, await _readable_auth_state(user) or {})

    async def _is_owner(self, user: User, identity: str | None) -> bool:
        """Whether the account still belongs to the account at the provider with this hash; True without a hash.

        What is in memory may be about a deleted account with the same database ID, and the account may belong to
        another provider in the meantime.
        """
        if identity is None:
            return True
        auth_state = await _readable_auth_state(user)
        if not auth_state:  # what the last login has written to the store decides
            recorded = store_of(user.db).accounts.of(user.orm_user).identity
            return self._authenticator.shares_accounts or recorded == identity
        owner = self._authenticator.owner_of(auth_state)
        if owner.subject is None or (owner.issuer is None and KEY in auth_state):  # a subject of any provider
            return self._authenticator.is_of_this_provider(auth_state)
        return self.sessions.identity_of(owner) == identity


async def _readable_auth_state(user: User) -> dict[str, Any] | None:
    """The user's `auth_state`; None also when it cannot be decrypted: then the store alone says whose sessions end."""
    try:
        return await kept_auth_state(user)
    except UnreadableRecord:
        return None
