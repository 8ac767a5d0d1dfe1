"""Somebody who has signed in with a form is still signed in: may they stay?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ...errors import AccessDenied, SuiteError
from ...hub.accounts.auth_state import kept_auth_state
from ...hub.accounts.record import KEY, SessionRecord, keep_record
from ...hub.base.admission import admission
from ...hub.base.authenticator import AuthModel, SuiteAuthenticator, prepare_for_refusal
from ...hub.base.hooks import call_hook
from ...policy.identity import Identity
from .options import FormOptions


class Refreshing(FormOptions, SuiteAuthenticator):
    """The decision, taken again on what is known now. A subclass says what that is, by `reread_user`."""

    async def refresh_user(self, user: User, handler: BaseHandler | None = None, **kwargs: Any) -> bool | AuthModel:
        """Whether somebody who is signed in still may be, and as what: the Hub asks every `auth_refresh_age` seconds.

        Returns
        -------
        True when nothing is new, False when the user must log in again, or the new authentication model.
        """
        prepare_for_refusal(handler)
        try:
            return await self._refreshed(user)
        except AccessDenied as denied:
            self.log.warning("The session of %s ends: rule=%s: %s", user.name, denied.rule, denied.detail)
        except SuiteError as error:
            self.log.warning("The session of %s ends: %s: %s", user.name, type(error).__name__, error.detail)
        except Exception:
            self.log.exception("Refreshing %s failed", user.name)
        return False

    async def _refreshed(self, user: User) -> bool | AuthModel:
        if user.name in self.blocked_names():
            raise AccessDenied("blocked_users")
        auth_state = (await kept_auth_state(user) or {}) if self.enable_auth_state else {}
        if self.refresh_user_hook is not None:
            answer = await call_hook("refresh_user_hook", self.refresh_user_hook, self, user, auth_state or None)
            known, identity = await self._reread(user, auth_state) if answer else (None, None)
            if known is not None:
                # the hook may keep a user whom no rule allows any more, but none past a restriction
                judged = {**known, **answer} if isinstance(answer, dict) else known
                decision = self.decision_about(user.name, judged, identity, await self.facts_about(user.name))
                if decision.barred:
                    raise AccessDenied(decision.rule)
            if isinstance(answer, dict):
                if answer.get("auth_state"):
                    keep_record(answer["auth_state"], auth_state)
                return await self._settled(user, answer)
            if answer is not None:
                return bool(answer)
        model, identity = await self._reread(user, auth_state)
        if model is None:
            return True
        await self.readmit(user.name, model, identity)
        return await self._settled(user, model)

    async def _reread(self, user: User, auth_state: dict[str, Any]) -> tuple[AuthModel | None, Identity | None]:
        """The result of `reread_user`, and who the user is by it."""
        with admission(signing_in=False, identity=self.stored_identity(user.name, auth_state)) as current:
            return await self.reread_user(user, auth_state), current.identity

    async def _settled(self, user: User, model: AuthModel) -> AuthModel:
        if model.get("auth_state"):
            await self.reconcile(model, user)
        self.managed_roles.complete(model, was_admin=user.admin)
        return model

    async def reread_user(self, user: User, auth_state: dict[str, Any]) -> AuthModel | None:
        """The model of somebody who is signed in, as far as it is known now; None to leave them as they are.

        Raises
        ------
        AccessDenied
            When there is no such user any more.
        """
        return {"groups": [group.name for group in user.groups]} if self.manage_groups else {}

    def stored_identity(self, username: str, auth_state: Mapping[str, Any]) -> Identity:
        """The user as the stored data describe them."""
        record = SessionRecord.of(auth_state) if KEY in auth_state else SessionRecord(self.provider, username)
        return self.identity_of_record(username, record, self.kept_claims(auth_state))

    def kept_claims(self, auth_state: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is known of the user from the login."""
        return {}

    def identity_of_record(self, name: str, record: SessionRecord, claims: Mapping[str, Any]) -> Identity:
        """Who a login under `name` was, as the rules judge it."""
        return Identity(
            username=name,
            login=name,
            issuer=record.issuer,
            subject=record.subject,
            memberships={kind: frozenset(names) for kind, names in record.memberships.items()},
            claims=claims,
        )
