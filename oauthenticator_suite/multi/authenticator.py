"""`MultiAuthenticator`: several providers on one Hub, each with its own child authenticator."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from jupyterhub.utils import url_path_join

from ..errors import AccessDenied, DatabaseFailed, UnreadableRecord
from ..hub.accounts.account_sync import write
from ..hub.accounts.auth_state import kept_auth_state
from ..hub.accounts.record import keep_record
from ..hub.base.authenticator import AuthModel, SuiteAuthenticator
from ..hub.base.observing import start_observing
from ..hub.database import database_access
from ..hub.findings.at_start import log_advice
from ..hub.findings.one_line import stops_in_one_line
from ..hub.maybe_await import result_of
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.observe.observers import Observers
from ..hub.observe.state import ProviderState
from ..hub.resilience.outage_clock import OutageClock
from ..hub.sessions.denied_users import count_denied
from ..hub.sessions.endings import Endings, prepare_for_refusal
from ..hub.sessions.limits import was_asked
from ..hub.sessions.outcome import Outcome, Reason
from ..hub.store.store import store_of
from ..hub.web.query import with_query
from ..policy.username import why_not
from .child.base import has_form
from .foreign_refresh import endings_of, guard_parent, refresh_foreign, refresh_without_child, refuse_spawn_of_denied
from .startup.children import ParentAuthenticator
from .web.routes import all_routes


class MultiAuthenticator(ParentAuthenticator):
    """Sign in with one of several providers, which ``c.MultiAuthenticator.authenticators`` lists.

    Each child works as it would alone: with its own URLs, options, rules, hooks, refresh and logout. A call from the
    Hub about a user is delegated to the child that the user signs in with.
    """

    logout_scope = "all"
    """A child of another package has no such option."""

    @cached_property
    def endings(self) -> Endings:
        """The ends of the sessions of users whose child belongs to another package, or is not known."""
        return endings_of(self)

    def endings_of(self, provider: str) -> Endings:
        """The ends of the sessions of users of this child."""
        child = self.children[provider]
        return child.endings if isinstance(child, SuiteAuthenticator) else endings_of(child)

    @cached_property
    def observers(self) -> Observers:
        """Who is told what happens with all children: see `hub.observe`."""
        return Observers(self.log)

    @property
    def observed_ways(self) -> Mapping[str, Authenticator]:
        """The children, by their names in facts."""
        return self.children

    def observed_states(self) -> list[ProviderState]:
        """The present state of each child whose class belongs to this package."""
        return [child.observed_state() for child in self.children.values() if isinstance(child, SuiteAuthenticator)]

    def count_denied_users(self) -> int | None:
        """How many users of all children are denied now; None when the database cannot be read."""
        return count_denied(self.endings.app, self.log)

    @property
    def observed_name(self) -> str:
        """Empty: a fact about no child."""
        return ""

    # --- pages -------------------------------------------------------------------------------------------------------

    def choices_url(self, handler: BaseHandler, next_url: str) -> str:
        """The URL of the page with all providers, with `next_url` as the page to open after the login."""
        return with_query(handler.settings["login_url"], {"next": next_url})

    def login_url(self, base_url: str) -> str:
        """The URL of the page with all providers; with `auto_login`, the login URL of the only child."""
        if self.auto_login and len(self.children) == 1:
            return str(next(iter(self.children.values())).login_url(base_url))
        return str(url_path_join(base_url, "login"))

    def logout_url(self, base_url: str) -> str:
        """The URL that redirects each user to the logout of their child."""
        return str(url_path_join(base_url, "logout"))

    @stops_in_one_line
    def get_handlers(self, app: Any) -> list[Any]:
        """The handlers of all children and of the common pages. The children's start-up checks run here."""
        if len(self.children) > 1:
            self.log.warning(
                "%d providers are active: %s. If two users have the same name: username_collision = %r.",
                len(self.children),
                ", ".join(f"{name} ({type(child).__name__})" for name, child in self.children.items()),
                self.username_collision,
            )
        log_advice(self)
        store_of(app.db)
        self.endings.app = app
        guard_parent(self)
        start_observing(self, app)
        return all_routes(self, app)

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_allow_config(self) -> None:
        """Log a warning for each child that allows no user."""
        for provider, child in self.children.items():
            if type(child).check_allow_config is not Authenticator.check_allow_config:
                child.check_allow_config()
            elif not child.any_allow_config:
                self.log.warning(
                    "%s allows no user: set allow_all or another of its options that begin with allow", provider
                )

    async def load_managed_roles(self) -> list[dict[str, Any]]:
        """The roles of all children that manage roles."""
        found: list[dict[str, Any]] = []
        for child in self.children.values():
            if child.manage_roles:
                found += await child.load_managed_roles()
        return found

    # --- signing in --------------------------------------------------------------------------------------------------

    async def get_authenticated_user(self, handler: BaseHandler | None, data: Any) -> AuthModel | None:
        """Sign a user in without a child's own URL, as the Hub's API does with a username and password.

        Parameters
        ----------
        handler:
            The handler of the request, or None.
        data:
            The fields of the form. ``provider`` names the child; without it, the only child with a form is used.

        Raises
        ------
        AccessDenied
            If `data` does not determine the child.
        """
        provider, fields = self._provider_in(data)
        model: AuthModel | None = await result_of(self.children[provider].get_authenticated_user(handler, fields))
        return model

    async def authenticate(self, handler: BaseHandler | None, data: Any) -> Any:
        """Delegate to the child that ``provider`` in `data` names, or to the only child with a form."""
        provider, fields = self._provider_in(data)
        return await result_of(self.children[provider].authenticate(handler, fields))

    def _provider_in(self, data: Any) -> tuple[str, dict[str, Any]]:
        fields = dict(data or {})
        named = fields.pop("provider", None)
        forms = [name for name, child in self.children.items() if has_form(child)]
        if named in self.children:
            return named, fields
        if named is None and len(forms) == 1:
            return forms[0], fields
        raise AccessDenied("provider", public_message="Please choose the provider that you want to sign in with.")

    def _child_in(self, auth_model: Mapping[str, Any] | None, username: str) -> Authenticator:
        child = self.accounts.child_in({"name": username, **(auth_model or {})})
        if child is None:
            raise AccessDenied("provider", f"the provider of {username!r} is not known")
        return child

    async def check_blocked_users(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """Delegate to the child that created the model."""
        child = self._child_in(auth_model, username)
        return bool(await result_of(child.check_blocked_users(username, auth_model)))

    async def check_allowed(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """Delegate to the child that created the model."""
        child = self._child_in(auth_model, username)
        return bool(child.allow_all or await result_of(child.check_allowed(username, auth_model)))

    async def is_admin(self, handler: BaseHandler | None, auth_model: AuthModel) -> bool | None:
        """Delegate to the child that created the model."""
        child = self._child_in(auth_model, auth_model["name"])
        admin: bool | None = await result_of(child.is_admin(handler, auth_model))
        return admin

    async def run_post_auth_hook(self, handler: BaseHandler | None, auth_model: AuthModel) -> AuthModel:
        """Delegate to the child that created the model."""
        child = self._child_in(auth_model, auth_model["name"])
        model: AuthModel = await result_of(child.run_post_auth_hook(handler, auth_model))
        return model

    # --- usernames ---------------------------------------------------------------------------------------------------

    def normalize_username(self, username: str) -> str:
        """Normalize a name from the configuration or the Hub's API.

        With prefixes, the child of the name normalizes it. Without them, the name is normalized if all children agree
        on the result, else it is returned unchanged.
        """
        child = self.accounts.child_of_name(username) if self.username_collision == "prefix" else None
        if child is not None:
            return str(child.normalize_username(username.removeprefix(child.seat.prefix)))
        written = {child.normalize_username(username) for child in self.children.values()}
        return written.pop() if len(written) == 1 else username

    def validate_username(self, username: str) -> bool:
        """Whether the child of the name accepts it; without prefixes, whether at least one child does.

        A name without a known prefix may belong to a provider that is no longer configured. It is accepted if it is a
        valid username in general.
        """
        if self.username_collision != "prefix":
            return any(child.validate_username(username) for child in self.children.values())
        child = self.accounts.child_of_name(username)
        if child is not None:
            return bool(child.validate_username(username))
        return super().validate_username(username) and why_not(username) is None

    # --- existing users ----------------------------------------------------------------------------------------------

    async def refresh_user(self, user: User, handler: BaseHandler | None = None, **kwargs: Any) -> bool:
        """Delegate to the user's child, and write what has changed. It never raises because of the Hub's own data.

        If there is no child, the user must sign in again.
        """
        name = user.name
        try:
            with database_access(user.db, f"the refresh of {name!r}"):
                return await self._refreshed(user, handler, **kwargs)
        except (DatabaseFailed, UnreadableRecord) as error:  # unknown, which is neither a yes nor a no
            outcome = self._outcome_without_own_data(name, error)
            if isinstance(error, UnreadableRecord):
                return self.endings.answer(user, handler, outcome)
        if outcome.rule:
            return self.endings.unreadable(user, handler, blocked=True)
        prepare_for_refusal(handler)
        return outcome.stays

    async def _refreshed(self, user: User, handler: BaseHandler | None, **kwargs: Any) -> bool:
        child = await self.accounts.child_of(user)
        if not isinstance(child, SuiteAuthenticator):  # children of the suite take care of it themselves
            await kept_auth_state(user)
        if child is None:
            return refresh_without_child(self, user, handler)
        refreshes = child.auth_refresh_age or child.refresh_pre_spawn or getattr(child, "refresh_pre_stop", False)
        if not refreshes and not was_asked(user):
            return True
        if isinstance(child, SuiteAuthenticator):
            answer = await result_of(child.refresh_user(user, handler, **kwargs))
        else:
            answer = await refresh_foreign(child, user, handler, **kwargs)
        if not isinstance(answer, dict):
            return bool(answer)
        answer = {**answer, "name": user.name}
        if "auth_state" in answer:
            before = await kept_auth_state(user) or {}
            answer["auth_state"] = dict(answer["auth_state"] or {})
            keep_record(answer["auth_state"], before)
            self.accounts.stamp(child.seat.provider, answer, before)
            hook = getattr(child, "reconcile_auth_state_hook", None)  # JupyterHub 6.1
            if hook is not None:
                answer["auth_state"] = await result_of(hook(child, answer, before))
        self._leave_unmanaged(child, answer)
        await write(self, user, answer)
        return True

    def _outcome_without_own_data(self, name: str, error: DatabaseFailed | UnreadableRecord) -> Outcome:
        """The outcome for a user whose data on this Hub are unknown, for the shortest grace period of the children."""
        if isinstance(error, DatabaseFailed) or not self._has_reported_unreadable:
            self.log.warning("%s cannot be refreshed for now: %s", name, error.detail)
        self._has_reported_unreadable |= isinstance(error, UnreadableRecord)
        if any(name in child.blocked_users for child in self.children.values()):
            return Outcome.denied("blocked_users")
        graces = [child.refresh_outage_grace for child in self.children.values() if isinstance(child, OAuthenticator)]
        grace = min(graces, default=OAuthenticator.refresh_outage_grace.default_value)
        stays = self._unknown_since.failed(name, grace) < grace
        return Outcome(stays, final=False, reason=Reason.OUTAGE)

    _has_reported_unreadable = False

    @cached_property
    def _unknown_since(self) -> OutageClock:
        """Since when the Hub's own data about a user are unknown."""
        return OutageClock(time.time)

    def _leave_unmanaged(self, child: Authenticator, model: AuthModel) -> None:
        """Mark groups and roles as unchanged if *another* child manages them and this one does not."""
        if self.manage_groups and not child.manage_groups:
            model["groups"] = None
        if self.manage_roles and not child.manage_roles:
            model["roles"] = None

    async def add_user(self, user: Any) -> None:
        """Delegate to the user's child. Without one, only the username is checked.

        Raises
        ------
        ValueError
            If the user has no child and the username is not valid.
        """
        child = await self.accounts.child_of(user)
        if child is not None and user.name in child.blocked_users:
            # At start-up, the Hub calls this for each user, and then removes all rights of blocked users.
            self.blocked_users |= {user.name}
        elif child is not None:
            try:
                await result_of(child.add_user(user))
            except Exception as error:
                # At start-up, `user` is a row of the user table, and the Hub deletes it if this method fails.
                if not isinstance(user, orm.User) or child.delete_invalid_users or not self.delete_invalid_users:
                    raise
                self.log.warning("%s is no longer a user: %s: %s", user.name, type(error).__name__, error)
        elif not self.validate_username(user.name):
            raise ValueError(f"Invalid username: {user.name}")
        elif self.username_collision == "share":
            for each in self.children.values():
                if each.allow_existing_users and not each.allow_all:
                    each.allowed_users.add(user.name)

    async def delete_user(self, user: User) -> None:
        """Delegate to the user's child."""
        child = await self.accounts.child_of(user)
        if child is not None:
            await result_of(child.delete_user(user))
        if self.username_collision == "share":  # `add_user` may have allowed the user in every child
            for each in self.children.values():
                each.allowed_users.discard(user.name)

    async def pre_spawn_start(self, user: User, spawner: Any) -> None:
        """Delegate to the user's child."""
        child = await self.accounts.child_of(user)
        if not isinstance(child, SuiteAuthenticator) and self.refresh_pre_spawn:
            refuse_spawn_of_denied(user)
        if child is not None:
            await result_of(child.pre_spawn_start(user, spawner))

    async def post_spawn_stop(self, user: User, spawner: Any) -> None:
        """Delegate to the user's child."""
        child = await self.accounts.child_of(user)
        if child is not None:
            await result_of(child.post_spawn_stop(user, spawner))
