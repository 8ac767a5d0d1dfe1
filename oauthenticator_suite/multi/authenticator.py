"""`MultiAuthenticator`: several ways to sign in, each an authenticator of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from jupyterhub.utils import maybe_future, url_path_join
from tornado.httputil import url_concat
from tornado.web import RedirectHandler

from ..errors import AccessDenied, ConfigurationError
from ..hub.base import AuthModel, SuiteAuthenticator
from ..hub.crypt_key import check_crypt_key
from ..hub.old_names import OldNames
from ..hub.session_record import keep_record
from ..plugins import discover_plugins, wants_to_be_active
from ..policy.username import why_not
from .accounts import Accounts
from .checks import check_children, told_of
from .child import NamedLog, Seat, class_of_child
from .entries import Entry, entry_of
from .handlers import ChoicesHandler, EnabledHandler, LeaveHandler, handler_of_child
from .options import MultiOptions
from .sections import USERS, refuse_names_of_nobody, section_for, share_out

_ANY_CHILD = (
    "auth_refresh_strict",
    "delete_invalid_users",
    "manage_groups",
    "manage_roles",
    "refresh_pre_spawn",
    "refresh_pre_stop",
    "reset_managed_roles_on_startup",
)
"""Options that the Hub reads of its one authenticator: on where some child has them on."""


class MultiAuthenticator(OldNames, MultiOptions):
    """Sign in by one of several ways: ``c.MultiAuthenticator.authenticators`` lists them.

    Each child is an authenticator as it would be alone: its URLs, options, rules, hooks, refresh and logout. What the
    Hub asks this one, the child answers that the user has signed in with.
    """

    def __init__(self, **kwargs: Any) -> None:
        """As of the Hub.

        Raises
        ------
        ConfigurationError
            Naming the option and the mend.
        """
        super().__init__(**kwargs)
        name = f"c.{type(self).__name__}"
        if self.username_collision != "prefix" and not self.enable_auth_state:
            raise ConfigurationError(
                f"{name}.username_collision = {self.username_collision!r} needs {name}.enable_auth_state = True, where "
                "it is kept whose an account is; or set it to 'prefix'"
            )
        if self.enable_auth_state and self.parent is not None:
            check_crypt_key(f"{name}.enable_auth_state", self.config)
        self.accounts = Accounts(self.username_collision, self.unclaimed_accounts, self.log)
        self.icons: dict[str, str] = {}
        entries = self._entries()
        for entry in entries:
            self._add_child(entry)
        plug_ins = self._add_plug_ins() if self.discover_plugins else []
        self._discovered = {entry.provider for entry in plug_ins}
        entries += plug_ins
        if not entries:
            raise ConfigurationError(f"{name}.authenticators is empty: list what people may sign in with")
        if self.username_collision != "share":
            refuse_names_of_nobody(self, [entry.authenticator_class for entry in entries])
        check_children(self, entries)
        self._take_from_children()
        self._share_out_names()

    @property
    def children(self) -> dict[str, Authenticator]:
        """The ways to sign in, by provider."""
        return self.accounts.children

    @property
    def names(self) -> dict[str, str]:
        """What people know them as, by provider; perhaps empty."""
        return self.accounts.names

    # --- making them -------------------------------------------------------------------------------------------------

    def _entries(self) -> list[Entry]:
        option = f"c.{type(self).__name__}.authenticators"
        entries = [entry_of(given, f"{option}[{number}]") for number, given in enumerate(self.authenticators)]
        seen: dict[str, Entry] = {}
        for entry in entries:
            if issubclass(entry.authenticator_class, MultiAuthenticator):
                raise ConfigurationError(f"{entry.where} is a MultiAuthenticator itself: list its children instead")
            if entry.provider in seen:
                raise ConfigurationError(
                    f"{seen[entry.provider].where} and {entry.where} are both {entry.provider!r}: give one of them "
                    "another name by its provider"
                )
            seen[entry.provider] = entry
        return entries

    def _add_plug_ins(self) -> list[Entry]:
        """Make children of what other packages bring along and the operator has configured; one that fails is left out.

        Returns
        -------
        Their entries, as if the operator had listed them.
        """
        added = []
        for name, cls in discover_plugins(self.log).items():
            if name in self.children:
                self.log.warning("The plug-in %r is left out: an entry of authenticators has this name", name)
                continue
            entry = Entry(f"the plug-in {name!r}", cls, name)
            try:
                self._add_child(entry)
                wanted = wants_to_be_active(self.children[name], self.log)
            except Exception as error:  # noqa: BLE001 - code of others, which is to stop nothing
                self._leave_out(name, error)
                continue
            if wanted:
                added.append(entry)
            else:
                self._remove_child(name)
        return added

    def _leave_out(self, plug_in: str, error: Exception) -> None:
        # the text of an error of somebody else's may hold anything
        why = f": {error.detail}" if isinstance(error, ConfigurationError) else ""
        self.log.warning("The plug-in %r is left out: %s%s", plug_in, type(error).__name__, why)
        self.log.debug("The traceback", exc_info=error)
        self._remove_child(plug_in)

    def _remove_child(self, provider: str) -> None:
        for known in (self.children, self.names, self.icons, self.accounts.prefixes):
            known.pop(provider, None)

    def _add_child(self, entry: Entry) -> None:
        prefix = ""
        if self.username_collision == "prefix":
            prefix = f"{entry.provider}:" if entry.prefix is None else entry.prefix
        bare = self.username_collision == "prefix" and not prefix
        seat = Seat(entry.provider, prefix, alone_without_prefix=bare, accounts=self.accounts)
        cls = class_of_child(entry.authenticator_class, seat)
        config = section_for(entry, self, self.enable_auth_state)
        self.accounts.prefixes[entry.provider] = prefix
        with told_of(entry.where):
            self.children[entry.provider] = cls(
                parent=self,
                config=config,
                log=NamedLog(self.log, entry.provider),
                _deprecated_db_session=self._deprecated_db_session,
            )
        self.icons[entry.provider] = entry.icon or getattr(cls, "icon", "")
        self.accounts.names[entry.provider] = entry.login_service or self.children[entry.provider].login_service

    def _take_from_children(self) -> None:
        """What the Hub reads of its one authenticator, by what the children say."""
        for option in _ANY_CHILD:
            if self.has_trait(option):
                setattr(self, option, any(getattr(child, option) for child in self.children.values()))
        ages = [child.auth_refresh_age for child in self.children.values() if child.auth_refresh_age]
        self.auth_refresh_age = min(ages, default=0)
        for child in self.children.values():
            if child.auth_refresh_age:
                child.auth_refresh_age = self.auth_refresh_age
        if self.has_trait("reconcile_auth_state_hook"):  # JupyterHub 6.1
            self.reconcile_auth_state_hook = _reconcile_by_child

    def _share_out_names(self) -> None:
        """Give the names in our own options to the children whose they are, as these write names."""
        providers = list(self.children)
        for option in USERS:
            plain = option == "blocked_users" or self.username_collision == "share"
            own = share_out(f"c.{type(self).__name__}.{option}", getattr(self, option), providers, plain_for_all=plain)
            for provider, child in self.children.items():
                for name in getattr(child, option):
                    if name.startswith(f"{provider}:"):
                        raise ConfigurationError(
                            f"{option} of {provider} has {name!r}: in its own options, names have nothing in front"
                        )
                names = getattr(child, option) | own[provider]
                setattr(child, option, {str(child.normalize_username(name)) for name in names})
            self._keep_for_hub(option)
        for child in self.children.values():
            if child.allowed_users:
                child.allowed_users |= child.admin_users

    def _keep_for_hub(self, option: str) -> None:
        """The names that the Hub may know at its start, when it makes accounts and administrators of them.

        Where a name may be anybody's who comes first, it must make none.
        """
        theirs: set[str] = set().union(*(getattr(child, option) for child in self.children.values()))
        if self.username_collision == "prefix" or len(self.children) == 1:
            names = theirs
        elif self.username_collision == "share" or option == "blocked_users":
            names = {name for name in getattr(self, option) if ":" not in name}
        else:
            names = set()
        setattr(self, option, names)

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
        routes: list[Any] = [
            ("/login", ChoicesHandler),
            ("/logout", LeaveHandler),
            (r"/auth/([^/]+)/enabled", EnabledHandler),
        ]
        taken: dict[str, str] = {}
        for provider, child in list(self.children.items()):
            try:
                with told_of(provider):
                    theirs = child.get_handlers(app)
            except Exception as error:
                if provider not in self._discovered:
                    raise
                self._leave_out(provider, error)
                continue
            for path, handler, *rest in theirs:
                if path in taken:
                    raise ConfigurationError(f"{taken[path]} and {provider} both answer at /hub{path}: use one of them")
                taken[path] = provider
                routes.append((path, handler_of_child(handler, self, provider), *rest))
            for page, url in (("login", child.login_url), ("logout", child.logout_url)):
                path = f"/auth/{provider}/{page}"
                if path not in taken:
                    routes.append((path, RedirectHandler, {"url": url(app.hub_prefix), "permanent": False}))
        return routes

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
        model: AuthModel | None = await maybe_future(self.children[provider].get_authenticated_user(handler, fields))
        return model

    async def authenticate(self, handler: BaseHandler | None, data: Any) -> Any:
        """As of the child that ``provider`` in `data` names, or the only one that has a form."""
        provider, fields = self._asked(data)
        return await maybe_future(self.children[provider].authenticate(handler, fields))

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
        return bool(await maybe_future(child.check_blocked_users(username, auth_model)))

    async def check_allowed(self, username: str, auth_model: AuthModel | None = None) -> bool:
        """As of the child that the model is of."""
        child = self._child_in(auth_model, username)
        return bool(child.allow_all or await maybe_future(child.check_allowed(username, auth_model)))

    async def is_admin(self, handler: BaseHandler | None, auth_model: AuthModel) -> bool | None:
        """As of the child that the model is of."""
        child = self._child_in(auth_model, auth_model["name"])
        admin: bool | None = await maybe_future(child.is_admin(handler, auth_model))
        return admin

    async def run_post_auth_hook(self, handler: BaseHandler | None, auth_model: AuthModel) -> AuthModel:
        """As of the child that the model is of."""
        child = self._child_in(auth_model, auth_model["name"])
        model: AuthModel = await maybe_future(child.run_post_auth_hook(handler, auth_model))
        return model

    # --- names -------------------------------------------------------------------------------------------------------

    def normalize_username(self, username: str) -> str:
        """A name in the configuration or of the Hub's API: as its child writes it, or all who could have it alike."""
        for child, own in self._children_for(username):
            return str(child.normalize_username(own))
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

    def _children_for(self, username: str) -> Iterator[tuple[Authenticator, str]]:
        """The child whose a name is by its prefix, and the name without that."""
        child = self.accounts.child_of_name(username) if self.username_collision == "prefix" else None
        if child is not None:
            yield child, username.removeprefix(child.seat.prefix)

    # --- afterwards --------------------------------------------------------------------------------------------------

    async def refresh_user(self, user: User, handler: BaseHandler | None = None, **kwargs: Any) -> bool | AuthModel:
        """As of the child that the user signs in with; False when there is none, so that they sign in again."""
        if handler is not None and not hasattr(handler, "_token_authenticated"):
            # JupyterHub 6.1 reads this of the handler when it is told False, and page handlers do not have it
            handler._token_authenticated = False
        child = await self.accounts.child_of(user)
        if child is None:
            self.log.warning("It is not known by which provider %s signs in: asked to log in again", user.name)
            return False
        if not child.auth_refresh_age and not child.refresh_pre_spawn and not getattr(child, "refresh_pre_stop", False):
            return True
        answer = await maybe_future(child.refresh_user(user, handler, **kwargs))
        if not isinstance(child, SuiteAuthenticator) and user.name in child.blocked_users:
            return False  # which another package's refresh does not look at
        if not isinstance(answer, dict):
            return bool(answer)
        answer = {**answer, "name": user.name}
        if "auth_state" in answer:
            before = await user.get_auth_state() or {}
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
                await maybe_future(child.add_user(user))
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
            await maybe_future(child.delete_user(user))
        if self.username_collision == "share":  # each has let in whoever had an account: see `add_user`
            for each in self.children.values():
                each.allowed_users.discard(user.name)

    async def pre_spawn_start(self, user: User, spawner: Any) -> None:
        """As of the child that the user signs in with."""
        child = await self.accounts.child_of(user)
        if child is not None:
            await maybe_future(child.pre_spawn_start(user, spawner))

    async def post_spawn_stop(self, user: User, spawner: Any) -> None:
        """As of the child that the user signs in with."""
        child = await self.accounts.child_of(user)
        if child is not None:
            await maybe_future(child.post_spawn_stop(user, spawner))


async def _reconcile_by_child(multi: MultiAuthenticator, auth_model: AuthModel, existing: Any) -> Any:
    """What the hook of the child, with its own as the authenticator, makes of a model after a refresh."""
    child = multi.accounts.child_in(auth_model)
    hook = child.reconcile_auth_state_hook if child is not None else None
    return auth_model["auth_state"] if hook is None else await maybe_future(hook(child, auth_model, existing))
