"""An authenticator of another package as one of several."""

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
from ...hub.maybe_await import result_of
from .base import OneOfSeveral

OF_THE_HUB: ContextVar[bool] = ContextVar("names that have the prefix are the Hub's", default=False)
"""Whether a name with the child's prefix is an account's; during a login it may be somebody's name at the provider."""


@contextmanager
def names_of_the_hub(known: bool = True) -> Iterator[None]:
    """Meanwhile a child of another package is asked of accounts that there are, and not who somebody is."""
    before = OF_THE_HUB.set(known)
    try:
        yield
    finally:
        OF_THE_HUB.reset(before)


class ForeignOfSeveral(OneOfSeveral):
    """An authenticator of another package, which knows nothing of all this.

    It is asked under the Hub's names, as the sets of names in its options are; its own records, if it keeps any, are
    under these names too.
    """

    page_of_its_own = False
    """Whether its sign-in page is another than the Hub's, so that no form of ours can stand in for it."""

    def __init__(self, **kwargs: Any) -> None:
        """As of the child; what it keeps of an account is kept whatever its `reconcile_auth_state_hook` makes of it."""
        super().__init__(**kwargs)
        hook = getattr(self, "reconcile_auth_state_hook", None)  # JupyterHub 6.1
        if hook is not None:
            self.reconcile_auth_state_hook = functools.partial(_reconcile, hook)

    async def get_authenticated_user(self, handler: BaseHandler | None, data: Any) -> AuthModel | None:
        """As of the child; the account must be one of its people."""
        with names_of_the_hub(False):
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
        """As of the child, which is told anew who somebody is."""
        with names_of_the_hub(False):
            answer: bool | AuthModel = await result_of(super().refresh_user(user, handler, **kwargs))
            return answer

    def normalize_username(self, username: str) -> str:
        """As of each; a name that the Hub has given to the child is one already."""
        if OF_THE_HUB.get() and self.seat.prefix and username.startswith(self.seat.prefix):
            return username
        return super().normalize_username(username)

    # --- hooks: the user is one of the Hub's -------------------------------------------------------------------------

    async def add_user(self, user: Any) -> None:
        """As of the child."""
        with names_of_the_hub():
            await result_of(super().add_user(user))

    async def delete_user(self, user: User) -> None:
        """As of the child."""
        with names_of_the_hub():
            await result_of(super().delete_user(user))

    async def pre_spawn_start(self, user: User, spawner: Any) -> None:
        """As of the child."""
        with names_of_the_hub():
            await result_of(super().pre_spawn_start(user, spawner))

    async def post_spawn_stop(self, user: User, spawner: Any) -> None:
        """As of the child."""
        with names_of_the_hub():
            await result_of(super().post_spawn_stop(user, spawner))

    # --- its pages ---------------------------------------------------------------------------------------------------

    def login_url(self, base_url: str) -> str:
        """The child's own; the Hub's default, where each of several would be, becomes one that names it."""
        return self._named(super().login_url(base_url), base_url, "login")

    def logout_url(self, base_url: str) -> str:
        """As for `login_url`."""
        return self._named(super().logout_url(base_url), base_url, "logout")

    def _named(self, url: str, base_url: str, page: str) -> str:
        if url != url_path_join(base_url, page):
            return url
        return str(url_path_join(base_url, self.seat.path, page))

    def get_handlers(self, app: Any) -> list[Any]:
        """The child's own; those at the Hub's ``/login`` and ``/logout`` at paths that name it.

        Where it has none there, which the Hub itself would answer when it is alone, it gets the Hub's.
        """
        routes: dict[str, list[Any]] = {}
        for path, *rest in super().get_handlers(app):
            routes.setdefault(path, rest)  # the Hub, too, takes the first
        for path, handler, url in (
            ("/login", LoginHandler, super().login_url("/")),
            ("/logout", LogoutHandler, super().logout_url("/")),
        ):
            if url == path:
                routes.setdefault(path, [handler])
        self.page_of_its_own = "/login" not in routes or not _is_hubs_page(routes["/login"][0])
        named = {f"/{page}": f"/{self.seat.path}/{page}" for page in ("login", "logout")}
        return [(named.get(path, path), *rest) for path, rest in routes.items()]


async def _reconcile(hook: Any, authenticator: Authenticator, model: AuthModel, existing: Any) -> dict[str, Any]:
    """What `hook` makes of the `auth_state` that a model has and the one kept before: whose it is, stays in it."""
    account = model.get("auth_state") or {}
    kept = await result_of(hook(authenticator, model, existing))
    if not isinstance(kept, dict):
        raise HookError(f"reconcile_auth_state_hook returned {type(kept).__name__}, not the auth_state to keep")
    if KEY in account:
        kept[KEY] = account[KEY]
    return kept


def _is_hubs_page(handler: type) -> bool:
    """Whether the sign-in page of `handler` is the Hub's own, of a name and a password."""
    own = ("get", "_render")
    return issubclass(handler, LoginHandler) and all(
        getattr(handler, name) is getattr(LoginHandler, name) for name in own
    )
