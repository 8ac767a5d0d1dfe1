"""One sign-in, from the authorization code to JupyterHub's authentication model, and the same again at a refresh.

`Pipeline.sign_in` is the walk of a login, `Pipeline.read_again` that of a refresh. Both call the stages that an
operator's subclass may override (`stages.Stages`), each once and in a fixed order. The checks stand here, between the
stages, where no override reaches. Whether the user may sign in is decided afterwards, in `hub.base.login`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ...errors import (
    AttemptError,
    HookError,
    IdentityError,
    InvalidResponse,
    InvalidToken,
    TokenResponseError,
    TransportError,
)
from ...policy.identity import Identity
from ...policy.profile import profile
from ...policy.username import vet_login
from ...protocol import token as token_protocol
from ...protocol.userinfo import check_subject
from ..accounts.record import SessionRecord, access_token_expiry
from ..accounts.sign_in import SignIn
from ..base.admission import Admission, current_admission
from ..base.hooks import call_hook
from ..maybe_await import result_of
from .attempts import Attempt
from .claim_sources import id_token_end
from .dpop import login_key
from .flow import Flow
from .followed import followed_account
from .memberships import Found, SharedResult, all_of
from .stages import Stages
from .token_answer import TokenAnswer, token_answer
from .tolerant_stages import known_groups, verified_emails
from .walk import Provider, Walk, current_walk, record_of, sign_in_with, walking, with_changed_tokens


class Pipeline:
    """The stages of one authenticator, run in order."""

    def __init__(self, stages: Stages, provider: Provider, flow: Flow) -> None:
        self._stages = stages
        self._provider = provider
        self._flow = flow

    # --- a login -----------------------------------------------------------------------------------------------------

    async def sign_in(self, handler: BaseHandler, data: Mapping[str, Any] | None) -> SignIn:
        """Sign a user in with an authorization code.

        Parameters
        ----------
        data:
            ``code``, the authorization code, and ``attempt``, the `Attempt` that it answers.

        Raises
        ------
        SuiteError
            For anything wrong with the code, the token response, the ID token, or the user's data.
        """
        if not data or not isinstance(data.get("attempt"), Attempt):
            raise AttemptError("missing", "authenticate() was called without a login attempt")
        attempt: Attempt = data["attempt"]
        if not attempt.dpop_seed:
            return await self._sign_in(handler, data, attempt)
        with self._provider.bound_to(login_key(attempt)):
            return await self._sign_in(handler, data, attempt)

    async def _sign_in(self, handler: BaseHandler, data: Mapping[str, Any], attempt: Attempt) -> SignIn:
        token_info = await self._redeem(handler, dict(data), attempt)
        claims = await self._provider.verify_id_token(token_info, attempt.nonce or None, attempt.issued_at)
        walk = Walk(
            SignIn(record_of(token_info, claims, self._stages), token_info, claims),
            nonce=attempt.nonce or None,
            requested_at=attempt.issued_at,
            handler=handler,
        )
        return await self._from_tokens(walk)

    async def _redeem(self, handler: BaseHandler, data: dict[str, Any], attempt: Attempt) -> Mapping[str, Any]:
        """Exchange the code for tokens. An override adds fields to the request, and replaces none of the grant's."""
        params = dict(await result_of(self._stages.build_access_tokens_request_params(handler, data)) or {})
        params.update(self._flow.grant(data["code"], attempt))
        return await self._token_info(handler, params)

    async def _token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        token_info: dict[str, Any] = await result_of(self._stages.get_token_info(handler, params))
        self._flow.check_token_info(token_info)
        return self._provider.encrypted.with_signed_id_token(token_info)

    # --- a refresh ---------------------------------------------------------------------------------------------------

    async def read_again(self, stored: SignIn, account: str) -> SignIn:
        """Ask the provider again about a signed-in user, with the tokens that `stored` holds.

        `account` is the user's name on the Hub.

        Raises
        ------
        InvalidToken
            When the provider's answer is about another subject than the login.
        SuiteError
            As for a login.
        """
        return await self._from_tokens(Walk(stored, account))

    async def redeem_refresh_token(self, refresh_token: str) -> TokenAnswer:
        """The answer to a refresh token (RFC 6749 §6), which many providers accept only once.

        The result has the error, if there is one: also then, the provider may have answered.
        """
        with token_answer() as answer:
            try:
                grant = token_protocol.refresh_token_grant(refresh_token)
                params = await result_of(self._stages.build_refresh_token_request_params(refresh_token))
                token_info = await self._token_info(None, {**(params or {}), **grant})
                answer.received, answer.token_info = True, token_info
            except (TransportError, TokenResponseError) as error:
                answer.error = error
            except Exception as error:  # noqa: BLE001 - an override raised it, before or after the provider answered
                answer.received, answer.error = True, error
        return answer

    async def renewed(self, stored: SignIn, answer: Mapping[str, Any]) -> SignIn:
        """`stored` with the tokens of a refresh response, which is checked.

        The refresh token and the ID token stay when the response has no new ones. A new ID token passes the same checks
        as at the login, except for the nonce, and must be about the same subject (OpenID Connect Core 1.0 §12.2).

        Raises
        ------
        InvalidToken
            When it does not pass.
        TransportError
            When the provider's keys are needed and out of reach.
        """
        claims = await self._provider.verify_id_token(answer, None) if answer.get("id_token") else None
        subject = stored.record.subject
        if claims is not None and subject is not None and self._stages.verified_subject(claims) != subject:
            raise InvalidToken("sub", "the ID token of a refresh is about another subject than the login")
        before = stored.auth_state or {}
        kept = {name: before[name] for name in ("refresh_token", "id_token") if before.get(name)}
        token_info = {**stored.token_info, **kept}
        token_info.pop("expires_in", None)
        token_info.update({name: value for name, value in answer.items() if value is not None})
        tokens = {name: token_info.get(name) for name in ("access_token", "refresh_token", "id_token")}
        record = replace(stored.record, expires_at=access_token_expiry(token_info), id_token_kept=claims is None)
        auth_state = {**before, "token_response": dict(token_info), **tokens}
        record.into(auth_state)
        return replace(stored, record=record, token_info=token_info, id_token_claims=claims, auth_state=auth_state)

    def needs_id_token(self, stored: SignIn, now: float) -> bool:
        """Whether the refresh token should be used to get a new ID token. `now` is in seconds since the epoch.

        With `merge_id_token_claims`, when there is none or it has expired, unless the provider sent none last time.
        """
        if not self._stages.merge_id_token_claims or stored.record.id_token_kept:
            return False
        claims = self._note_claims(stored, current_admission())
        end = id_token_end(claims)
        return claims is None or (end is not None and now >= end)

    # --- stored data -------------------------------------------------------------------------------------------------

    def from_stored(self, auth_state: dict[str, Any], user: User) -> SignIn:
        """What the stored data of a user amount to. No stage runs, and the provider is not asked.

        Without the user's data, or with data of another provider, the result has no identity.
        """
        stages = self._stages
        record = SessionRecord.of(auth_state)
        stored = SignIn(record, stages.kept_token_info(auth_state), auth_state=auth_state)
        user_info = auth_state.get(stages.user_auth_state_key)
        if not isinstance(user_info, dict) or not stages.is_of_this_provider(auth_state):
            return stored
        user_info = stages.readable(dict(user_info))
        memberships = {kind: frozenset(names) for kind, names in record.memberships.items()}
        stored = replace(stored, user_info=user_info, memberships=memberships)
        model: dict[str, Any] = {"name": user.name, "admin": record.admin, "auth_state": auth_state}
        if stages.manage_groups:
            model["groups"] = [group.name for group in user.groups] if record.groups is None else record.groups
            if record.groups_unknown:
                model["groups"] = None
        identity = self._identity(stored, record.login or user.name, auth_state.get("scope") or ())
        return replace(stored, identity=replace(identity, username=user.name), auth_model=model)

    # --- the walk that both have in common ---------------------------------------------------------------------------

    async def _from_tokens(self, walk: Walk) -> SignIn:
        with walking(walk):
            model = await result_of(self._stages._token_to_auth_model(dict(walk.sign_in.token_info)))
        return self._with_final_model(walk, model)

    async def auth_model_of(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """The authentication model for a token response: what `OAuthenticator._token_to_auth_model` does.

        Within a login or a refresh, these are its tokens. An operator's code may also call it by itself, with tokens
        that it has got. Then the ID token is checked here, without a nonce.
        """
        walk = current_walk()
        if walk is None:
            walk = Walk(await sign_in_with(token_info, self._stages, self._provider, self._flow))
            return self._with_final_model(walk, await self._walk(walk)).auth_model
        if token_info != walk.sign_in.token_info:
            walk.sign_in = await with_changed_tokens(walk, token_info, self._provider, self._flow)
        return await self._walk(walk)

    async def _walk(self, walk: Walk) -> dict[str, Any]:
        claims = self._note_claims(walk.sign_in, walk.admission)
        user_info, found = await self._ask_provider(dict(walk.sign_in.token_info), claims)
        sign_in = self._with_account(walk, claims, user_info, found)
        login = await result_of(self._stages.user_info_to_username(sign_in.user_info))
        walk.username = self._username(login) if walk.account is None else walk.account
        identity = self._note_identity(sign_in, login, walk.admission)
        if walk.account is None and self._stages.keeps_renamed_users:
            walk.username = await self._followed(walk, identity)
        walk.own_name = self._stages.own_name(walk.username)
        walk.sign_in = await self._with_auth_state(sign_in, identity)
        return await self._auth_model(walk)

    def _username(self, login: object) -> str:
        """The username on the Hub: normalised, mapped, and then checked, so that `username_map` can name any login."""
        if not isinstance(login, str):
            raise IdentityError(f"the username is a {type(login).__name__}, not a string")
        username = self._stages.normalize_username(login)
        vet_login(login, self._stages.own_name(username))
        return username

    async def _followed(self, walk: Walk, identity: Identity) -> str:
        """For `follow_renames`: the name of the user's account, whatever the user is called at the provider now."""
        followed = await followed_account(self._stages, walk.handler, identity, walk.username)
        if walk.admission is not None:
            walk.admission.followed, walk.admission.is_renamed = followed, followed not in (None, walk.username)
        return walk.username if followed is None else followed

    def _note_claims(self, sign_in: SignIn, admission: Admission | None) -> Mapping[str, Any] | None:
        """The claims of the ID token, which stages may read from now on; None when there is none."""
        claims, id_token = sign_in.id_token_claims, sign_in.token_info.get("id_token")
        if claims is None and id_token:
            claims = self._provider.stored_id_token_claims(id_token)
        if admission is not None:
            admission.id_token_claims = claims
            admission.access_token = str(sign_in.token_info.get("access_token") or "")
        return claims

    async def _ask_provider(
        self, token_info: dict[str, Any], claims: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], Found]:
        """The user's data, and at the same time the memberships that access options need."""
        user = asyncio.ensure_future(self._user_info(token_info, claims))
        wanted = self._stages.wanted_memberships()
        user_info, found = await all_of(user, self._stages.look_up(token_info, SharedResult(user), wanted))
        return user_info, found

    async def _user_info(self, token_info: dict[str, Any], claims: Mapping[str, Any] | None) -> dict[str, Any]:
        user_info = await result_of(self._stages.token_to_user(token_info))
        if not isinstance(user_info, dict):
            raise IdentityError(f"token_to_user returned a {type(user_info).__name__}, not a dict")
        if claims is not None:
            check_subject(user_info, claims["sub"], required=False)
        if not self._stages.claim_source_issuers:
            return user_info
        return await self._provider.with_referenced_claims(user_info)

    def _with_account(
        self, walk: Walk, claims: Mapping[str, Any] | None, user_info: dict[str, Any], found: Found
    ) -> SignIn:
        """The provider's answer, and its account: (issuer, subject).

        At a refresh it must be the account of the login. Without a subject it is unknown whether it is.
        """
        stages, admission, user_info = self._stages, walk.admission, {**user_info, **found.claims}
        record = walk.sign_in.record
        subject = stages.subject_of(user_info) if claims is None else stages.verified_subject(claims)
        if record.subject is not None and subject is None:
            raise InvalidResponse("the provider's answer has no subject: whether it is about this user is unknown")
        if record.subject is not None and subject != record.subject:
            raise InvalidToken("sub", "the provider's answer is about another subject than the login")
        memberships = {kind: frozenset(names) for kind, names in found.memberships.items()}
        record = replace(
            record,
            issuer=record.issuer or self._stages.account_issuer,
            subject=subject,
            memberships={kind: sorted(names) for kind, names in memberships.items()},
        )
        return replace(
            walk.sign_in,
            record=record,
            id_token_claims=claims,
            from_id_token=frozenset() if admission is None else admission.from_id_token - found.claims.keys(),
            user_info=user_info,
            memberships=memberships,
            emails=tuple(found.emails),
            looked_up=found.auth_state,
        )

    def _note_identity(self, sign_in: SignIn, login: str, admission: Admission | None) -> Identity:
        """The user as access rules see them, from now on."""
        scopes = token_protocol.granted_scope(sign_in.token_info, self._stages.scope)
        identity = self._identity(sign_in, login, scopes)
        if admission is not None:  # an override may ask for the decision inside a later stage
            admission.identity = identity
        return identity

    @staticmethod
    def _identity(sign_in: SignIn, login: str, scopes: Any) -> Identity:
        return Identity(
            username=login,
            login=login,
            issuer=sign_in.record.issuer,
            subject=sign_in.record.subject,
            scopes=frozenset(scopes),
            memberships=sign_in.memberships,
            claims=sign_in.user_info,
            groups_unknown=sign_in.record.groups_unknown,
        )

    async def _with_auth_state(self, sign_in: SignIn, identity: Identity) -> SignIn:
        stages, token_info, user_info = self._stages, dict(sign_in.token_info), sign_in.user_info
        auth_state = await result_of(stages.build_auth_state_dict(token_info, user_info))
        if isinstance(auth_state, dict):
            auth_state.update(sign_in.looked_up)
            if stages.collect_emails:
                auth_state["emails"] = await verified_emails(stages, sign_in, token_info)
        if stages.modify_auth_state_hook is not None:
            auth_state = await call_hook("modify_auth_state_hook", stages.modify_auth_state_hook, stages, auth_state)
        record = replace(sign_in.record, read_at=time.time(), login=identity.login)
        if isinstance(auth_state, dict):
            record.into(auth_state)
        return replace(sign_in, record=record, identity=identity, auth_state=auth_state)

    async def _auth_model(self, walk: Walk) -> dict[str, Any]:
        """JupyterHub's model, after `update_auth_model`."""
        stages, sign_in, username = self._stages, walk.sign_in, walk.username
        model: dict[str, Any] = {
            "name": walk.own_name,
            "admin": True if username in stages.admin_users else None,
            "auth_state": sign_in.auth_state,
            "user_info": profile(sign_in.user_info, stages.profile_claims),
        }
        if stages.manage_groups:
            model["groups"], walk.groups_unknown = await known_groups(stages, sign_in.auth_state)
            walk.sign_in = self._with_groups_unknown(walk)
        updated: dict[str, Any] = await result_of(stages.update_auth_model(model))
        return updated

    def _with_final_model(self, walk: Walk, model: Any) -> SignIn:
        """`model`, which overrides may have changed, with the record of the login in its `auth_state`.

        Raises
        ------
        HookError
            When an override has returned something else, or has left out what the base class does.
        """
        name = type(self._stages).__name__
        if not walk.username:
            raise HookError(f"{name}._token_to_auth_model must call super()")
        if not isinstance(model, dict) or "name" not in model:
            raise HookError(f"{name}: an override returned a {type(model).__name__}, not a model with a name")
        sign_in, username, admission = walk.sign_in, walk.username, walk.admission
        is_admin = True if username in self._stages.admin_users else None
        followed = admission is not None and admission.followed is not None
        if walk.account is not None or followed or model["name"] == walk.own_name:
            model["name"] = username
        elif is_admin and model.get("admin") is True:
            model["admin"] = None  # it was the other name's
        record = replace(
            sign_in.record,
            groups=list(model["groups"]) if model.get("groups") is not None else None,
            groups_unknown=walk.groups_unknown if model.get("groups") is None else "",
            admin=None if model.get("admin") == is_admin else model["admin"],
        )
        if isinstance(model.get("auth_state"), dict):
            record.into(model["auth_state"])
        if admission is not None:
            admission.username, admission.record = username, record
        return replace(sign_in, record=record, auth_state=model.get("auth_state"), auth_model=model)

    @staticmethod
    def _with_groups_unknown(walk: Walk) -> SignIn:
        sign_in, reason = walk.sign_in, walk.groups_unknown
        if sign_in.identity is None or sign_in.identity.groups_unknown == reason:
            return sign_in
        identity = replace(sign_in.identity, groups_unknown=reason)
        if walk.admission is not None:
            walk.admission.identity = identity
        return replace(sign_in, identity=identity)
