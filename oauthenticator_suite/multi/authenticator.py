"""`MultiAuthenticator`: several ways to sign in, each an authenticator of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from jupyterhub.utils import url_path_join
from tornado.httputil import url_concat

from ..errors import AccessDenied
from ..hub.accounts.auth_state import kept_auth_state
from ..hub.accounts.record import keep_record
from ..hub.base.authenticator import AuthModel, SuiteAuthenticator, prepare_for_refusal
from ..hub.maybe_await import result_of
from ..policy.username import why_not
from .startup.children import MakesChildren
from .web.routes import routes_of_all


class MultiAuthenticator(MakesChildren):
    """Sign in by one of several ways: ``c.MultiAuthenticator.authenticators`` lists them.

    Each child is an authenticator as it would be alone: its URLs, options, rules, hooks, refresh and logout. What the
    Hub asks this one, the child answers that the user has signed in with.
    """

    # --- the page ----------------------------------------------------------------------------------------------------

    def has_form(self, child: Authenticator) -> bool:
        """Whether one signs in to the child by name and password on a page of the Hub's."""
        if isinstance(child, SuiteAuthenticator):
            return child.signs_in_by_form
        own_page = child.login_url("/") != url_path_join("/auth", child.seat.provider, "login")
        return not child.login_service and not own_page

    def choices_url(self, handler: BaseHandler, next_url: str) -> str:
        """The page that offers all ways; then on to `next_url`."""
        return url_concat(handler.settings["login_url"], {"next": next_url} if next_url else {})

    def login_url(self, base_url: str) -> str:
        """Where all ways are offered. With `auto_login`, the one that there is."""
        if self.auto_login and len(self.children) == 1:
            return str(next(iter(self.children.values())).login_url(base_url))
        return str(url_path_join(base_url, "login"))

    def logout_url(self, base_url: str) -> str:
        """From where everybody is sent to the logout of their own."""
        return str(url_path_join(base_url, "logout"))

    def get_handlers(self, app: Any) -> list[Any]:
        """The routes of all; also where the start-up checks run."""
        if len(self.children) > 1:
            self.log.warning(
                "%d ways to sign in are active: %s. When two have the same name: username_collision = %r.",
                len(self.children),
                ", ".join(f"{name} ({type(child).__name__})" for name, child in self.children.items()),
                self.username_collision,
            )
        return routes_of_all(self, app)

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_allow_config(self) -> None:
        """Warn of children into which nobody can be let."""
        for provider, child in self.children.items():
            if type(child).check_allow_config is not Authenticator.check_allow_config:
                child.check_allow_config()
            elif not child.any_allow_config:
                self.log.warning(
                    "Nobody is allowed in by %s: set allow_all or another of its options that begin with allow",
                    provider,
                )

    async def load_managed_roles(self) -> list[dict[str, Any]]:
        """Those of all children that manage roles."""
        found: list[dict[str, Any]] = []
        for child in self.children.values():
            if child.manage_roles:
                found += await child.load_managed_roles()
        return found

    # --- signing in --------------------------------------------------------------------------------------------------

    async def get_authenticated_user(self, handler: BaseHandler | None, data: Any) -> AuthModel | None:
        """Sign somebody in who does not come by a child's own URL: the Hub's API asks this with name and password.

        `data` may name the ``provider``; without, the only child that has a form is meant.
        """
        provider, fields = self._asked(data)
        model: AuthModel | None = await result_of(self.children[provider].get_authenticated_user(handler, fields))
        return model

    async def authenticate(self, handler: BaseHandler | None, data: Any) -> Any:
        """As of the child that ``provider`` in `data` names, or the only one that has a form."""
        provider, fields = self._asked(data)
        return await result_of(self.children[provider].authenticate(handler, fields))

    def _asked(self, data: Any) -> tuple[str, dict[str, Any]]:
        fields = dict(data or {})
        named = fields.pop("provider", None)
        forms = [name for name, child in self.children.items() if self.has_form(child)]
        if named in self.children:
            return named, fields
        if named is None and len(forms) == 1:
            return forms[0], fields
        raise AccessDenied("provider", public_message="Please say by which provider you want to sign in.")

    def _child_in(self, auth_model: Mapping[str, Any] | None, username: str) -> Authenticator:
        child = self.accounts.child_in({"name": username, **(auth_model or {})})
        if child is None:
            raise AccessDenied("provider", f"it is not known by which provider {username!r} signs in")
        return child

    async def check_blocked_users(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """As of the child that the model is of."""
        child = self._child_in(auth_model, username)
        return bool(await result_of(child.check_blocked_users(username, auth_model)))

    async def check_allowed(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """As of the child that the model is of."""
        child = self._child_in(auth_model, username)
        return bool(child.allow_all or await result_of(child.check_allowed(username, auth_model)))

    async def is_admin(self, handler: BaseHandler | None, auth_model: AuthModel) -> bool | None:
        """As of the child that the model is of."""
        child = self._child_in(auth_model, auth_model["name"])
        admin: bool | None = await result_of(child.is_admin(handler, auth_model))
        return admin

    async def run_post_auth_hook(self, handler: BaseHandler | None, auth_model: AuthModel) -> AuthModel:
        """As of the child that the model is of."""
        child = self._child_in(auth_model, auth_model["name"])
        model: AuthModel = await result_of(child.run_post_auth_hook(handler, auth_model))
        return model

    # --- names -------------------------------------------------------------------------------------------------------

    def normalize_username(self, username: str) -> str:
        """A name in the configuration or of the Hub's API: as its child writes it, or all who could have it alike."""
        child = self.accounts.child_of_name(username) if self.username_collision == "prefix" else None
        if child is not None:
            return str(child.normalize_username(username.removeprefix(child.seat.prefix)))
        written = {child.normalize_username(username) for child in self.children.values()}
        return written.pop() if len(written) == 1 else username

    def validate_username(self, username: str) -> bool:
        """Whether it is a name to its child, or to one that could have it.

        In front of which there is no provider's name here may be from one that is not there any more.
        """
        if self.username_collision != "prefix":
            return any(child.validate_username(username) for child in self.children.values())
        child = self.accounts.child_of_name(username)
        if child is not None:
            return bool(child.validate_username(username))
        return super().validate_username(username) and why_not(username) is None

    # --- afterwards --------------------------------------------------------------------------------------------------

    async def refresh_user(self, user: User, handler: BaseHandler | None = None, **kwargs: Any) -> bool | AuthModel:
        """As of the child that the user signs in with; False when there is none, so that they sign in again."""
        prepare_for_refusal(handler)
        child = await self.accounts.child_of(user)
        if child is None:
            self.log.warning("It is not known by which provider %s signs in: asked to log in again", user.name)
            return False
        if not child.auth_refresh_age and not child.refresh_pre_spawn and not getattr(child, "refresh_pre_stop", False):
            return True
        answer = await result_of(child.refresh_user(user, handler, **kwargs))
        if not isinstance(child, SuiteAuthenticator) and user.name in child.blocked_users:
            return False  # which another package's refresh does not look at
        if not isinstance(answer, dict):
            return bool(answer)
        answer = {**answer, "name": user.name}
        if "auth_state" in answer:
            before = await kept_auth_state(user) or {}
            answer["auth_state"] = dict(answer["auth_state"] or {})
            keep_record(answer["auth_state"], before)
            self.accounts.stamp(child.seat.provider, answer, before)
        self._complete(child, user, answer)
        return answer

    def _complete(self, child: Authenticator, user: User, model: AuthModel) -> None:
        """What the Hub wants of every model because *some* child manages it: as it is, where this one does not."""
        if self.manage_groups and not child.manage_groups:
            model["groups"] = None
        if self.manage_roles and not child.manage_roles:
            model["roles"] = None

    async def add_user(self, user: Any) -> None:
        """As of the child that the user signs in with. Without one, the name must be a name here."""
        child = await self.accounts.child_of(user)
        if child is not None and user.name in child.blocked_users:
            # At its start the Hub asks this of all users, and then takes all rights from those who are blocked.
            self.blocked_users |= {user.name}
        elif child is not None:
            try:
                await result_of(child.add_user(user))
            except Exception as error:
                # Of a row of the table, as at its start, the Hub asks whether to delete it.
                if not isinstance(user, orm.User) or child.delete_invalid_users or not self.delete_invalid_users:
                    raise
                self.log.warning("%s is no user any more: %s: %s", user.name, type(error).__name__, error)
        elif not self.validate_username(user.name):
            raise ValueError(f"Invalid username: {user.name}")
        elif self.username_collision == "share":
            for each in self.children.values():
                if each.allow_existing_users and not each.allow_all:
                    each.allowed_users.add(user.name)

    async def delete_user(self, user: User) -> None:
        """As of the child that the user signs in with."""
        child = await self.accounts.child_of(user)
        if child is not None:
            await result_of(child.delete_user(user))
        if self.username_collision == "share":  # each has let in whoever had an account: see `add_user`
            for each in self.children.values():
                each.allowed_users.discard(user.name)

    async def pre_spawn_start(self, user: User, spawner: Any) -> None:
        """As of the child that the user signs in with."""
        child = await self.accounts.child_of(user)
        if child is not None:
            await result_of(child.pre_spawn_start(user, spawner))

    async def post_spawn_stop(self, user: User, spawner: Any) -> None:
        """As of the child that the user signs in with."""
        child = await self.accounts.child_of(user)
        if child is not None:
            await result_of(child.post_spawn_stop(user, spawner))
