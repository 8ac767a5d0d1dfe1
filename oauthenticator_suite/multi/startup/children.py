"""Creation of the children of `MultiAuthenticator`, and the options that the Hub reads from their parent."""

from __future__ import annotations

import re
from typing import Any

from jupyterhub.auth import Authenticator

from ...errors import ConfigurationError
from ...hub.base.advice import HUB_ADVICE
from ...hub.base.authenticator import AuthModel
from ...hub.base.deprecated_names import DeprecatedNames
from ...hub.base.shared_origin import shared_origin
from ...hub.base.startup_checks import no_crypt_key
from ...hub.findings.at_start import check_loaded_config, check_sections
from ...hub.findings.deprecated import deprecated_options
from ...hub.findings.finding import Check, find, report
from ...hub.findings.names import NAME_CHECKS
from ...hub.findings.one_line import stops_in_one_line
from ...hub.findings.unknown import SECTION_CHECKS
from ...hub.maybe_await import result_of
from ...hub.status.scope import define_scope
from ...plugins import discover_plugins, wants_to_be_active
from ..account_owner import Accounts
from ..child.base import NamedLog, Seat
from ..child.make import class_of_child
from ..options import MultiOptions
from .checks import MULTI_CHECKS, naming_child
from .child_config import USERS, config_for, split_by_provider
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
"""Options that the Hub reads from the parent. They are on if they are on for at least one child."""


class ParentAuthenticator(MultiOptions):
    """The start-up of `MultiAuthenticator`: it creates the children and combines their options."""

    startup_checks: tuple[Check, ...] = (
        *SECTION_CHECKS,
        *NAME_CHECKS,
        deprecated_options,
        no_crypt_key,
        shared_origin,
        *MULTI_CHECKS,
        *HUB_ADVICE,
    )
    """The checks of the configuration as a whole. Those of the children run for each child."""

    @stops_in_one_line
    def __init__(self, **kwargs: Any) -> None:
        """Create the children and check them.

        Raises
        ------
        ConfigurationError
            The detail names the option and the fix.
        """
        check_loaded_config(type(self), kwargs, sections=False)
        self.deprecated_names = DeprecatedNames(self)
        super().__init__(**kwargs)
        self.deprecated_names.apply(kwargs)
        define_scope(self.parent)
        name = f"c.{type(self).__name__}"
        report(find(self, "options"), self.log)
        self.accounts = Accounts(self.username_collision, self.unclaimed_accounts, self.log)
        self.icons: dict[str, str] = {}
        entries = self._entries()
        for entry in entries:
            self._add_child(entry)
        plug_ins = self._add_plug_ins() if self.discover_plugins else []
        self.discovered = {entry.provider for entry in plug_ins}
        entries += plug_ins
        given = [(f"{entry.where}['config']", entry.authenticator_class, entry.config) for entry in entries]
        check_sections(self, [type(child) for child in self.children.values()], given)
        if not entries:
            raise ConfigurationError(f"{name}.authenticators is empty: list the providers that users may sign in with")
        self.entries = entries
        every = {"": self, **self.children}
        self.given_names = {
            (provider, option): frozenset(getattr(each, option)) for provider, each in every.items() for option in USERS
        }
        """The names in the options on users as they were configured, by provider (empty: the parent) and option."""
        report(find(self, "children"), self.log)
        self._combine_options()
        self._distribute_names()

    @property
    def children(self) -> dict[str, Authenticator]:
        """The child authenticators, by provider."""
        return self.accounts.children

    @property
    def names(self) -> dict[str, str]:
        """The names of the providers on the sign-in page, by provider; may be empty."""
        return self.accounts.names

    # --- creating children -------------------------------------------------------------------------------------------

    def _entries(self) -> list[Entry]:
        option = f"c.{type(self).__name__}.authenticators"
        entries = [entry_of(given, f"{option}[{number}]") for number, given in enumerate(self.authenticators)]
        seen: dict[str, Entry] = {}
        for entry in entries:
            if issubclass(entry.authenticator_class, ParentAuthenticator):
                raise ConfigurationError(f"{entry.where} is a MultiAuthenticator itself: list its children instead")
            if entry.provider in seen:
                raise ConfigurationError(
                    f"{seen[entry.provider].where} and {entry.where} are both {entry.provider!r}: set a different "
                    "provider for one of them"
                )
            seen[entry.provider] = entry
        return entries

    def _add_plug_ins(self) -> list[Entry]:
        """Create children for installed plug-ins that the operator has configured. A plug-in that fails is left out.

        Returns
        -------
        The entries of these children.
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
            except Exception as error:  # noqa: BLE001 - a failing plug-in must not stop the Hub
                self.leave_out(name, error)
                continue
            if wanted:
                self._name_plug_in(name)
                added.append(entry)
            else:
                self._remove_child(name)
        return added

    def _name_plug_in(self, provider: str) -> None:
        """Derive the name of a plug-in on the sign-in page from its entry point if it has none, or another's."""
        own = self.names[provider]
        others = {name.casefold() for other, name in self.names.items() if other != provider}
        if not others or (own and own.casefold() not in others):
            return
        derived = " ".join(re.split("[-_]+", provider)).strip().title()
        if derived.casefold() in others:
            derived = f"{derived} ({provider})"
        self.accounts.names[provider] = derived
        self.log.warning(
            "The plug-in %r is called %r on the sign-in page, because %s: set login_service in its section",
            provider,
            derived,
            f"another is called {own!r}" if own else "it has no login_service",
        )

    def leave_out(self, plug_in: str, error: Exception) -> None:
        """Remove the child of a plug-in that failed, and log the error."""
        # The message of another package's exception may contain secrets.
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
        config = config_for(entry, self, self.enable_auth_state)
        self.accounts.prefixes[entry.provider] = prefix
        with naming_child(entry.where):
            child = self.children[entry.provider] = cls(
                parent=self,
                config=config,
                log=NamedLog(self.log, entry.provider),
                _deprecated_db_session=self._deprecated_db_session,
            )
        self.icons[entry.provider] = entry.icon or getattr(child, "icon", "")
        self.accounts.names[entry.provider] = entry.login_service or child.login_service

    def _combine_options(self) -> None:
        """Set the parent's options that the Hub reads from the options of the children."""
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

    def _distribute_names(self) -> None:
        """Add the usernames in the parent's options to the options of their children, in normalized form."""
        providers = list(self.children)
        for option in USERS:
            plain = option == "blocked_users" or self.username_collision == "share"
            where = f"c.{type(self).__name__}.{option}"
            own = split_by_provider(where, getattr(self, option), providers, plain_for_all=plain)
            for provider, child in self.children.items():
                names = getattr(child, option) | own[provider]
                setattr(child, option, {str(child.normalize_username(name)) for name in names})
            self._set_names_for_hub(option)
        for provider, child in self.children.items():
            if child.allowed_users:
                child.allowed_users |= child.admin_users
            if self.username_collision == "reject":
                self.accounts.reserve(provider, child.allowed_users | child.admin_users)

    def _set_names_for_hub(self, option: str) -> None:
        """Set the parent's option to the names for which the Hub may create accounts and administrators at start-up.

        In mode ``reject`` it must create none: the first user of that name, at any provider, would get the account.
        """
        all_names: set[str] = set().union(*(getattr(child, option) for child in self.children.values()))
        if self.username_collision == "prefix" or len(self.children) == 1:
            names = all_names
        elif self.username_collision == "share" or option == "blocked_users":
            names = {name for name in getattr(self, option) if ":" not in name}
        else:
            names = set()
        setattr(self, option, names)


async def _reconcile_by_child(multi: ParentAuthenticator, auth_model: AuthModel, existing: Any) -> Any:
    """Call `reconcile_auth_state_hook` of the child that created the model, with the child as the authenticator."""
    child = multi.accounts.child_in(auth_model)
    hook = child.reconcile_auth_state_hook if child is not None else None
    return auth_model["auth_state"] if hook is None else await result_of(hook(child, auth_model, existing))
