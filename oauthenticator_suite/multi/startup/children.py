"""The making of several ways to sign in: from the configuration to the authenticators, and what the Hub is to see."""

from __future__ import annotations

from typing import Any

from jupyterhub.auth import Authenticator

from ...errors import ConfigurationError
from ...hub.base.authenticator import AuthModel
from ...hub.base.crypt_key import check_crypt_key
from ...hub.base.deprecated_names import DeprecatedNames
from ...hub.maybe_await import result_of
from ...plugins import discover_plugins, wants_to_be_active
from ..account_owner import Accounts
from ..child.base import NamedLog, Seat
from ..child.make import class_of_child
from ..options import MultiOptions
from .checks import check_children, told_of
from .child_config import USERS, refuse_names_of_nobody, section_for, share_out
from .entries import Entry, entry_of

ANY_CHILD = (
    "auth_refresh_strict",
    "delete_invalid_users",
    "manage_groups",
    "manage_roles",
    "refresh_pre_spawn",
    "refresh_pre_stop",
    "reset_managed_roles_on_startup",
)
"""Options that the Hub reads of its one authenticator: on where some child has them on."""


class MakesChildren(MultiOptions):
    """The half of `MultiAuthenticator` that is done when the Hub has started."""

    def __init__(self, **kwargs: Any) -> None:
        """As of the Hub.

        Raises
        ------
        ConfigurationError
            Naming the option and the mend.
        """
        self.deprecated_names = DeprecatedNames(self)
        super().__init__(**kwargs)
        self.deprecated_names.apply(kwargs)
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
        self.discovered = {entry.provider for entry in plug_ins}
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
            if issubclass(entry.authenticator_class, MakesChildren):
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
                self.leave_out(name, error)
                continue
            if wanted:
                added.append(entry)
            else:
                self._remove_child(name)
        return added

    def leave_out(self, plug_in: str, error: Exception) -> None:
        """Go on without a plug-in that has failed."""
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
        for option in ANY_CHILD:
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


async def _reconcile_by_child(multi: MakesChildren, auth_model: AuthModel, existing: Any) -> Any:
    """What the hook of the child, with its own as the authenticator, makes of a model after a refresh."""
    child = multi.accounts.child_in(auth_model)
    hook = child.reconcile_auth_state_hook if child is not None else None
    return auth_model["auth_state"] if hook is None else await result_of(hook(child, auth_model, existing))
