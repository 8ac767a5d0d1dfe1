"""`DictionaryAuthenticator`: users and passwords in the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from traitlets import Dict, List, observe

from ..errors import AccessDenied, ConfigurationError, LoginFailed
from ..hub.base.authenticator import AuthModel
from ..hub.options.client_types import unreplaced_variable
from ..hub.resilience.blocking_calls import BlockingCalls
from ..policy.username import name_key, why_not_login
from .forms.authenticator import FormAuthenticator
from .password_hashes import Verifier, is_hash

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

    groups = Dict(
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
            name, _, password = entry.partition(":")
            yield name.strip(), password

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_configuration(self) -> None:
        """Refuse to start with a dictionary that has invalid names, or two entries for one user."""
        super().check_configuration()
        name = f"c.{type(self).__name__}"
        for number, entry in enumerate(self.users, 1):
            if not isinstance(entry, str) or ":" not in entry:
                raise ConfigurationError(f"{name}.users: entry {number} does not have the form name:password")
        plain = sum(1 for user, stored in self._entries() if not self._is_hash(name, user, stored))
        self._check_names(name)
        if self.groups and not self.manage_groups:
            raise ConfigurationError(
                f"{name}.groups is set, but has no effect: set {name}.manage_groups = True as well"
            )
        if plain:
            self.log.warning(
                "%s: %d of %d passwords are in plain text, so everyone who can read the configuration can read them. "
                "Replace them by hashes: run `oauthenticator-suite hash-password`.",
                name,
                plain,
                len(list(self._entries())),
            )
        if not self.passwords and not self.users:
            self.log.warning("%s.passwords is empty, so no user can sign in", name)
        _ = self._known_users  # computes a hash, which the first login need not wait for

    def _is_hash(self, name: str, user: object, stored: object) -> bool:
        # no message may contain the password, or a value that may be one
        if not isinstance(user, str) or not isinstance(stored, str):
            raise ConfigurationError(f"{name}.passwords: names and passwords must be strings (put numbers in quotes)")
        if not stored:
            raise ConfigurationError(f"{name}: the password of {user!r} is empty")
        if unreplaced_variable(stored) == stored:
            raise ConfigurationError(
                f"{name}: the password of {user!r} is {stored[:80]!a}, a variable that was not replaced: everyone who "
                "knows your templates could sign in with it"
            )
        try:
            return is_hash(stored)
        except ValueError as error:
            raise ConfigurationError(f"{name}: the password of {user!r} is {error}") from None

    def _check_names(self, name: str) -> None:
        seen: dict[str, str] = {}
        for user, _ in self._entries():
            username = self.normalize_username(user)
            reason = why_not_login(user, self.own_name(username))
            if reason is not None or not self.validate_username(username):
                raise ConfigurationError(f"{name}: {user!r} is not a valid username: {reason or 'username_pattern'}")
            for key in {name_key(user), name_key(self.normalize_username(user))}:
                if key in seen:
                    raise ConfigurationError(f"{name}: {seen[key]!r} and {user!r} would be the same user, {key!r}")
                seen[key] = user
        for group, members in self.groups.items():
            unknown = {member for member in members if name_key(str(member)) not in seen}
            if unknown:
                raise ConfigurationError(f"{name}.groups: {group!r} has members without a password: {sorted(unknown)}")
