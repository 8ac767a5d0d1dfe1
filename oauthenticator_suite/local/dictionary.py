"""`DictionaryAuthenticator`: users and passwords in the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from traitlets import Dict, List, observe

from ..errors import AccessDenied, LoginFailed
from ..hub.base.authenticator import AuthModel
from ..hub.options.names import NameMap
from ..hub.resilience.blocking_calls import BlockingCalls
from ..policy.username import name_key
from .dictionary_checks import DICTIONARY_CHECKS
from .forms.authenticator import FormAuthenticator
from .password_hashes import Verifier

HASH_THREADS = 4
"""Passwords that are compared at a time."""


class _Users:
    """The users in the dictionary, by the key of their names (`policy.username.name_key`)."""

    def __init__(self, secrets: Mapping[str, str], groups: Mapping[str, list[str]]) -> None:
        self.names = {name_key(name): name for name in secrets}
        self.secrets = {name_key(name): secret for name, secret in secrets.items()}
        members_of = {group: {name_key(member) for member in members} for group, members in groups.items()}
        self.groups = {form: [group for group, members in members_of.items() if form in members] for form in self.names}
        self.verifier = Verifier(self.secrets.values())


class DictionaryAuthenticator(FormAuthenticator):
    """Users sign in with the names and passwords that the configuration lists.

    A listed user can sign in. Whether the user is *allowed* depends on `allow_all`, `allowed_users` and the other
    access options, as for every authenticator.
    """

    default_provider = "dictionary"
    startup_checks = DICTIONARY_CHECKS

    passwords = Dict(
        config=True,
        help="""
        Names and password hashes: ``{"happyuser": "$argon2id$…"}``.

        ``oauthenticator-suite hash-password`` makes the hashes. A password in plain text also works, with a warning:
        everyone who can read the configuration can read it.

        .. versionadded:: 0.1
        """,
    )

    users = List(
        config=True,
        help="""
        The same as `passwords`, as a list of ``name:password``. The first colon is the separator.

        .. versionadded:: 0.1
        """,
    )

    groups = NameMap(
        "group",
        "user",
        many=True,
        config=True,
        help="""
        Hub groups of the users in the dictionary: ``{"teachers": ["ada", "grace"]}``. Needs `manage_groups`.

        .. versionadded:: 0.1
        """,
    )

    def __init__(self, **kwargs: Any) -> None:
        """Take the same arguments as JupyterHub's `Authenticator`."""
        super().__init__(**kwargs)
        self._calls = BlockingCalls(HASH_THREADS, "dictionary")

    async def authenticate(self, handler: BaseHandler | None, data: dict[str, str]) -> str | None:
        """Check the password. Returns the name as the dictionary has it.

        Raises
        ------
        LoginFailed
            When there is no such user, or the password is wrong.
        """
        name, password = data.get("username"), data.get("password")
        if not name or not password:
            return None
        users = self._known_users
        form = name_key(name)
        secret = users.secrets.get(form)
        is_right = await self._calls.run(partial(users.verifier.verify, secret, password), priority=self.priority)
        if not is_right:
            raise LoginFailed("no such name" if secret is None else "wrong password")
        return users.names[form]

    def knows_name(self, name: str) -> bool:
        """Whether the dictionary has a user of this name."""
        return name_key(name) in self._known_users.names

    async def groups_of(self, answer: Mapping[str, Any], auth_state: Mapping[str, Any] | None) -> list[str]:
        """The groups that `groups` gives the user."""
        return list(self._known_users.groups[name_key(answer["username"])])

    async def reread_user(self, user: User, auth_state: dict[str, Any]) -> AuthModel | None:
        """The model of a signed-in user, with the groups as they are configured now.

        Raises
        ------
        AccessDenied
            When the user is not in the dictionary.
        """
        users = self._known_users
        form = next((form for form, name in users.names.items() if self.normalize_username(name) == user.name), None)
        if form is None:
            raise AccessDenied("passwords", "no longer in the dictionary", gone=True)
        model = await super().reread_user(user, auth_state)
        if model is not None and self.manage_groups:
            model["groups"] = list(users.groups[form])
        return model

    @observe("passwords", "users", "groups")
    def _options_changed(self, _change: Any) -> None:
        self.__dict__.pop("_known_users", None)

    @cached_property
    def _known_users(self) -> _Users:
        return _Users(dict(self._entries()), self.groups)

    def _entries(self) -> Iterator[tuple[str, str]]:
        yield from self.passwords.items()
        for entry in self.users:
            if isinstance(entry, str) and ":" in entry:  # another entry has stopped the start-up
                name, _, password = entry.partition(":")
                yield name.strip(), password

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_configuration(self) -> None:
        """Run `startup_checks`, and compute a hash, which the first login need not wait for."""
        super().check_configuration()
        _ = self._known_users

    @property
    def entries(self) -> list[tuple[str, str]]:
        """The names and stored passwords of all users, without entries of a wrong form."""
        return [(name, stored) for name, stored in self._entries() if isinstance(name, str) and isinstance(stored, str)]
