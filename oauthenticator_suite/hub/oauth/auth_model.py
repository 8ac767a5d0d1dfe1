"""From a token response, or from what is kept of one, to the authentication model.

The order of the stages, and the checks between them, where no override reaches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from jupyterhub.user import User

from ...errors import IdentityError, InvalidToken, TokenResponseError, TransportError
from ...policy.identity import Identity
from ...policy.profile import profile
from ...policy.username import vet_username
from ...protocol import token as token_protocol
from ...protocol.algorithms import ALGORITHMS
from ...protocol.id_token import Expectations, IDToken
from ...protocol.logout import session_id
from ...protocol.userinfo import check_subject
from ..accounts.record import KEY, SessionRecord, end_of_token
from ..base.authenticator import AuthModel
from ..maybe_await import result_of
from .memberships import Found, Shared, all_of
from .stages import OAuthStages


class TokenInfo(dict[str, Any]):
    """A token response that has been checked, with the claims of its verified ID token (or None)."""

    id_token_claims: dict[str, Any] | None = None


class OAuthModels(OAuthStages):
    """What `OAuthenticator` makes of the provider's answers. Nothing here is to be overridden: the stages are."""

    # --- from the provider --------------------------------------------------------------------------------------------

    async def _token_to_auth_model(self, token_info: Mapping[str, Any], *, nonce: str | None) -> AuthModel:
        """Everything after the token reply."""
        self.flow.check_token_info(token_info)
        checked = TokenInfo(token_info)
        checked.id_token_claims = await self._verified_claims(checked, nonce)
        user_info, found = await self._ask_about_user(checked)
        claims = checked.id_token_claims
        subject = claims["sub"] if claims is not None else self.subject_of(user_info)
        account = SessionRecord(self.account_issuer, subject, expires_at=end_of_token(checked), sid=session_id(claims))
        return await self._build_model(checked, user_info, found, account)

    async def reread_user(self, token_info: Mapping[str, Any], record: SessionRecord) -> AuthModel:
        """The model of somebody who is signed in already, as the provider tells it now. Not to be overridden.

        `token_info` is the kept token response with what the provider sent anew laid over it; `record` says whose
        account it is.

        Raises
        ------
        InvalidToken
            When the provider now speaks of another subject.
        SuiteError
            As for a login.
        """
        checked = TokenInfo(token_info)
        checked.id_token_claims = getattr(token_info, "id_token_claims", None)
        if checked.id_token_claims is None and checked.get("id_token"):
            checked.id_token_claims = IDToken.parse(checked["id_token"]).claims  # verified when it came
        user_info, found = await self._ask_about_user(checked)
        claims = checked.id_token_claims
        told = claims["sub"] if claims is not None else self.subject_of(user_info)
        if record.subject is not None and told is not None and told != record.subject:
            raise InvalidToken("sub", "the provider now speaks of another subject than at the login")
        account = replace(record, issuer=record.issuer or self.account_issuer, subject=record.subject or told)
        return await self._build_model(checked, user_info, found, account)

    async def verify_refreshed(
        self, new: Mapping[str, Any], auth_state: Mapping[str, Any], record: SessionRecord
    ) -> TokenInfo:
        """The answer to a refresh token, checked and laid over the token response from before. Not to be overridden.

        The refresh token and the ID token stay when the provider sends no new ones. A new ID token passes the same
        checks as at the login, but for the nonce, and must be of the same subject (OpenID Connect Core 1.0 §12.2).

        Raises
        ------
        InvalidToken
            When it does not pass.
        TransportError
            When that cannot be told, as the provider's keys are out of reach.
        """
        claims = await self._verified_claims(new, None) if new.get("id_token") else None
        if claims is not None and record.subject is not None and claims["sub"] != record.subject:
            raise InvalidToken("sub", "the ID token of a refresh is of another subject than at the login")
        old = auth_state.get("token_response")
        kept = {name: auth_state.get(name) for name in ("refresh_token", "id_token") if auth_state.get(name)}
        merged = TokenInfo({**(old if isinstance(old, Mapping) else {}), **kept})
        merged.pop("expires_in", None)
        merged.update({name: value for name, value in new.items() if value is not None})
        merged.id_token_claims = claims
        return merged

    async def _ask_about_user(self, checked: TokenInfo) -> tuple[dict[str, Any], Found]:
        """The user's data, and what else the rules need to know, asked at the same time."""
        user = asyncio.ensure_future(self._user_info(checked))
        wanted = {kind: frozenset(names) for kind, names in self._wanted_memberships().items()}
        user_info, found = await all_of(user, self.look_up(checked, Shared(user), wanted))
        return {**user_info, **found.claims}, found

    def _wanted_memberships(self) -> dict[str, set[str]]:
        wanted: dict[str, set[str]] = {}
        for name, trait in self.traits(membership=lambda kind: kind is not None).items():
            if names := getattr(self, name):
                wanted.setdefault(trait.metadata["membership"], set()).update(names)
        return wanted

    async def _user_info(self, checked: TokenInfo) -> dict[str, Any]:
        user_info = await result_of(self.token_to_user(checked))
        if not isinstance(user_info, dict):
            raise IdentityError(f"token_to_user gave a {type(user_info).__name__}, not a dict")
        if checked.id_token_claims is not None:
            check_subject(user_info, checked.id_token_claims["sub"], required=False)
        return user_info

    async def _build_model(
        self, checked: TokenInfo, user_info: dict[str, Any], found: Found, account: SessionRecord
    ) -> AuthModel:
        account = replace(account, memberships={kind: sorted(names) for kind, names in found.memberships.items()})
        login = vet_username(await result_of(self.user_info_to_username(user_info)))
        auth_state = await result_of(self.build_auth_state_dict(checked, user_info))
        if isinstance(auth_state, dict):
            auth_state.update(found.auth_state)
            if self.collect_emails:
                auth_state["emails"] = await self._collected_emails(checked, user_info, found)
        if self.modify_auth_state_hook is not None:
            auth_state = await self.call_hook("modify_auth_state_hook", self.modify_auth_state_hook, self, auth_state)
        if isinstance(auth_state, dict):
            replace(account, read_at=time.time()).into(auth_state)
        scopes = token_protocol.granted_scope(checked, self.scope)
        return await self._finish_model(login, auth_state, account, user_info, scopes)

    async def _finish_model(
        self, login: str, auth_state: Any, account: SessionRecord, user_info: dict[str, Any], scopes: Iterable[str]
    ) -> AuthModel:
        bare = self._bare_model(login, auth_state, account, user_info, scopes)
        model: AuthModel = await result_of(self.update_auth_model(bare))
        if self.manage_groups and "groups" not in model:
            model["groups"] = await self._managed_groups(model["auth_state"])
        return model

    def _bare_model(
        self, login: str, auth_state: Any, account: SessionRecord, user_info: dict[str, Any], scopes: Iterable[str]
    ) -> AuthModel:
        return {
            "name": login,
            "admin": None,
            "auth_state": auth_state,
            "user_info": profile(user_info, self.profile_claims),
            "identity": Identity(
                username=login,
                login=login,
                issuer=account.issuer,
                subject=account.subject,
                scopes=frozenset(scopes),
                memberships={kind: frozenset(names) for kind, names in account.memberships.items()},
                claims=user_info,
            ),
        }

    async def _verified_claims(self, token_info: Mapping[str, Any], nonce: str | None) -> dict[str, Any] | None:
        raw = token_info.get("id_token")
        if raw is None:
            if self.userdata_from_id_token or (self.issuer and "openid" in self.scope):
                raise TokenResponseError(
                    "no_id_token", "the token response has no id_token although openid was asked for"
                )
            return None
        verified = self.provider.can_verify
        expectations = Expectations(
            client_id=self.client_id,
            issuer=self.issuer or None,
            nonce=nonce,
            access_token=token_info["access_token"],
            algorithms=frozenset(self.id_token_signed_response_alg) if verified else frozenset(ALGORITHMS),
        )
        if verified:
            return await self.provider.verify(raw, expectations, self.current_client_secret())
        return self.provider.check_unsigned(raw, expectations)

    # --- from what is kept --------------------------------------------------------------------------------------------

    async def kept_model(self, auth_state: dict[str, Any], user: User) -> AuthModel | None:
        """The model that `auth_state` amounts to, without asking the provider; None when it does not hold enough.

        An override may ask all the same, and get no answer. Groups and rights are then those that `user` has now.
        """
        user_info = auth_state.get(self.user_auth_state_key)
        if not isinstance(user_info, dict) or not self.is_of_this_provider(auth_state):
            return None
        user_info = self.readable(dict(user_info))
        try:
            login = vet_username(await result_of(self.user_info_to_username(user_info)))
        except Exception:  # an operator's function, perhaps, and data that a hook has cut down: the provider is asked
            self.log.debug("the kept data tell no name", exc_info=True)
            return None
        record = SessionRecord.of(auth_state)
        scopes = auth_state.get("scope") or ()
        try:
            return await self._finish_model(login, auth_state, record, user_info, scopes)
        except TransportError as error:
            self.log.warning("%s is judged by what the Hub has, as an override has asked: %s", user.name, error.detail)
        model = self._bare_model(login, auth_state, record, user_info, scopes)
        model["admin"] = user.admin
        if self.manage_groups:
            model["groups"] = [group.name for group in user.groups]
        return model

    @property
    def account_issuer(self) -> str | None:
        """Who vouches for the users: with the subject it is what an account is. `issuer`, where there is one."""
        return self.issuer or None

    def is_of_this_provider(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether `auth_state` can be of a login at the provider that is configured now. Not to be overridden.

        The tokens of another one must not be sent to this one, and what the other said decides nothing here.
        """
        record = SessionRecord.of(auth_state)
        if record.issuer is None or self.account_issuer is None:
            # kept by another package, or before there was an issuer: the name of the user's data tells
            return KEY in auth_state or self.user_auth_state_key in auth_state
        return record.issuer == self.account_issuer

    def vouches_for(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether the record names this issuer; of data without a record, whether they are as this class keeps them."""
        record = SessionRecord.of(auth_state)
        if record.issuer is not None:
            return record.issuer == self.account_issuer
        return self.user_auth_state_key in auth_state

    def kept_token_info(self, auth_state: Mapping[str, Any]) -> dict[str, Any]:
        """The token response that `auth_state` amounts to; an empty one when the user has logged out."""
        kept = auth_state.get("token_response")
        token_info: dict[str, Any] = dict(kept) if isinstance(kept, Mapping) else {}
        token_info.update({name: auth_state[name] for name in ("access_token", "id_token") if auth_state.get(name)})
        return token_info

    def owner_of(self, auth_state: Mapping[str, Any]) -> SessionRecord:
        """Whose account it is; also from an `auth_state` that another package has kept, by the user's data in it."""
        record = SessionRecord.of(auth_state)
        user_info = auth_state.get(self.user_auth_state_key)
        if record.subject is None and isinstance(user_info, Mapping):
            return replace(record, subject=self.subject_of(self.readable(dict(user_info))))
        return record
