"""The mixin of children whose class belongs to another package."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from jupyterhub.user import User
from jupyterhub.utils import url_path_join

from ...errors import HookError
from ...hub.accounts.record import KEY
from ...hub.base.authenticator import AuthModel
from ...hub.base.configured import configured_foreign
from ...hub.maybe_await import result_of
from .base import ChildAuthenticator

NAMES_ARE_ACCOUNTS: ContextVar[bool] = ContextVar("names with the prefix are account names", default=False)
"""Whether names with the child's prefix are usernames of the Hub. During a login, they are names at the provider."""


@contextmanager
def names_are_accounts(value: bool = True) -> Iterator[None]:
    """Set `NAMES_ARE_ACCOUNTS` within the ``with`` block."""
    before = NAMES_ARE_ACCOUNTS.set(value)
    try:
        yield
    finally:
        NAMES_ARE_ACCOUNTS.reset(before)


class ForeignChild(ChildAuthenticator):
    """A child from another package, whose class does not know that it is a child.

    Its methods receive the Hub's usernames, with the prefix, as do its options and any records that it keeps.
    """

    has_own_page = False
    """Whether its sign-in page is not JupyterHub's, so that no form on the common page can replace it."""

    def __init__(self, **kwargs: Any) -> None:
        """Create the child. Its `reconcile_auth_state_hook` cannot remove the record of the account's owner."""
        super().__init__(**kwargs)
        hook = getattr(self, "reconcile_auth_state_hook", None)  # JupyterHub 6.1
        if hook is not None:
            self.reconcile_auth_state_hook = functools.partial(_reconcile, hook)

    async def get_authenticated_user(self, handler: BaseHandler | None, data: Any) -> AuthModel | None:
        """Authenticate as the child's class does, and check that the account belongs to this child."""
        with names_are_accounts(False):
            model: AuthModel | None = await super().get_authenticated_user(handler, data)
        if model is not None:
            accounts, provider = self.seat.accounts, self.seat.provider
            model["name"] = str(model["name"])
            user = handler.find_user(model["name"]) if handler is not None else None
            before = await accounts.admit(provider, user, model)
            if self.enable_auth_state:
                accounts.stamp(provider, model, before)
        return model

    async def refresh_user(self, user: User, handler: BaseHandler | None = None, **kwargs: Any) -> bool | AuthModel:
        """Refresh as the child's class does. The names in its answer are names at the provider."""
        with names_are_accounts(False):
            answer: bool | AuthModel = await result_of(super().refresh_user(user, handler, **kwargs))
            return answer

    def normalize_username(self, username: str) -> str:
        """Normalize and add the prefix, unless the name is a username of the Hub."""
        if NAMES_ARE_ACCOUNTS.get() and self.seat.prefix and username.startswith(self.seat.prefix):
            return username
        return super().normalize_username(username)

    # --- hooks with a user of the Hub --------------------------------------------------------------------------------

    async def add_user(self, user: Any) -> None:
        """Call the child's method."""
        with names_are_accounts():
            await result_of(super().add_user(user))

    async def delete_user(self, user: User) -> None:
        """Call the child's method."""
        with names_are_accounts():
            await result_of(super().delete_user(user))

    async def pre_spawn_start(self, user: User, spawner: Any) -> None:
        """Call the child's method."""
        with names_are_accounts():
            await result_of(super().pre_spawn_start(user, spawner))

    async def post_spawn_stop(self, user: User, spawner: Any) -> None:
        """Call the child's method."""
        with names_are_accounts():
            await result_of(super().post_spawn_stop(user, spawner))

    # --- pages -------------------------------------------------------------------------------------------------------

    def login_url(self, base_url: str) -> str:
        """The child's URL. The Hub's default URL, which several children would share, is replaced by a separate one."""
        return self._named(super().login_url(base_url), base_url, "login")

    def logout_url(self, base_url: str) -> str:
        """The child's URL, changed in the same way as the `login_url`."""
        return self._named(super().logout_url(base_url), base_url, "logout")

    def _named(self, url: str, base_url: str, page: str) -> str:
        if url != url_path_join(base_url, page):
            return url
        return str(url_path_join(base_url, self.seat.path, page))

    def get_handlers(self, app: Any) -> list[Any]:
        """The child's handlers. Those at ``/login`` and ``/logout`` get paths that name the child.

        If the child uses these URLs without a handler for them, it gets the Hub's handler.
        """
        routes: dict[str, list[Any]] = {}
        for path, *rest in super().get_handlers(app):
            routes.setdefault(path, rest)  # the Hub also uses the first handler of a path
        for path, handler, url in (
            ("/login", LoginHandler, super().login_url("/")),
            ("/logout", LogoutHandler, super().logout_url("/")),
        ):
            if url == path:
                routes.setdefault(path, [handler])
        self.has_own_page = "/login" not in routes or not _is_hubs_page(routes["/login"][0])
        parent: Any = self.parent
        parent.observers.note(configured_foreign(self.seat.provider, self))
        named = {f"/{page}": f"/{self.seat.path}/{page}" for page in ("login", "logout")}
        return [(named.get(path, path), *rest) for path, rest in routes.items()]


async def _reconcile(hook: Any, authenticator: Authenticator, model: AuthModel, existing: Any) -> dict[str, Any]:
    """Call `reconcile_auth_state_hook`, and keep the record of the account's owner in its result."""
    account = model.get("auth_state") or {}
    kept = await result_of(hook(authenticator, model, existing))
    if not isinstance(kept, dict):
        raise HookError(f"reconcile_auth_state_hook returned {type(kept).__name__}, not the auth_state to keep")
    if KEY in account:
        kept[KEY] = account[KEY]
    return kept


def _is_hubs_page(handler: type) -> bool:
    """Whether `handler` shows JupyterHub's form for username and password."""
    own = ("get", "_render")
    return issubclass(handler, LoginHandler) and all(
        getattr(handler, name) is getattr(LoginHandler, name) for name in own
    )
