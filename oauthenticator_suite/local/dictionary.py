"""A dictionary of names and passwords, in the configuration."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from traitlets import Dict, List, observe

from ..errors import AccessDenied, ConfigurationError, LoginFailed
from ..hub.base.authenticator import AuthModel
from ..policy.username import why_not
from .forms.authenticator import FormAuthenticator
from .forms.thread_queue import Threads
from .password_hashes import Verifier, is_hash

THREADS = 4
"""Passwords that are compared at once."""


class _People:
    """Who is in the dictionary: names as written, by the form in which they are looked up."""

    def __init__(self, secrets: Mapping[str, str], groups: Mapping[str, list[str]]) -> None:
        self.names = {_form(name): name for name in secrets}
        self.secrets = {_form(name): secret for name, secret in secrets.items()}
        self.groups = {
            form: [group for group, members in groups.items() if form in {_form(one) for one in members}]
            for form in self.names
        }
        self.verifier = Verifier(self.secrets.values())


def _form(name: str) -> str:
    return unicodedata.normalize("NFKC", name).lower()


class DictionaryAuthenticator(FormAuthenticator):
    """People sign in with the names and passwords that the configuration lists.

    Who is listed can sign in; whether they *may come in* is for `allow_all`, `allowed_users` and the other options to
    say, as for every authenticator.
    """

    default_provider = "dictionary"

    passwords = Dict(
        config=True,
        help="""
        Names and passwords: ``{"happyuser": "$argon2id$…"}``.

        Make the hashes by ``oauthenticator-suite hash-password``. A password in plain text works as well, with a
        warning: whoever reads the configuration has it.

        .. versionadded:: 0.1
        """,
    )

    users = List(
        config=True,
        help="""
        The same as a list of ``name:password``, for where a list is easier to write. The first colon is what divides.

        .. versionadded:: 0.1
        """,
    )

    groups = Dict(
        config=True,
        help="""
        The Hub groups of people in the dictionary: ``{"teachers": ["ada", "grace"]}``. Needs `manage_groups`.

        .. versionadded:: 0.1
        """,
    )

    def __init__(self, **kwargs: Any) -> None:
        """As of the Hub."""
        super().__init__(**kwargs)
        self._threads = Threads(THREADS, "dictionary")

    async def authenticate(self, handler: BaseHandler | None, data: dict[str, str]) -> str | None:
        """The name as the dictionary writes it, when the password is its own."""
        name, password = data.get("username"), data.get("password")
        if not name or not password:
            return None
        people = self._known_people()
        secret = people.secrets.get(_form(name))
        right = await self._threads.run(partial(people.verifier.verify, secret, password), self.place)
        if not right:
            raise LoginFailed("no such name" if secret is None else "wrong password")
        return people.names[_form(name)]

    async def groups_of(self, answer: Mapping[str, Any], auth_state: Mapping[str, Any] | None) -> list[str]:
        """The groups that `groups` gives the user."""
        return list(self._known_people().groups[_form(answer["username"])])

    async def reread_user(self, user: User, auth_state: dict[str, Any]) -> AuthModel | None:
        """The model of somebody who is in the dictionary.

        Raises
        ------
        AccessDenied
            When they are not, or not any more.
        """
        people = self._known_people()
        form = next((form for form, name in people.names.items() if self.normalize_username(name) == user.name), None)
        if form is None:
            raise AccessDenied("passwords", "not in the dictionary any more")
        model = await super().reread_user(user, auth_state)
        if model is not None and self.manage_groups:
            model["groups"] = list(people.groups[form])
        return model

    @observe("passwords", "users", "groups")
    def _forget_people(self, _change: Any) -> None:
        self._people = None

    _people: _People | None = None

    def _known_people(self) -> _People:
        if self._people is None:
            self._people = _People(dict(self._entries()), self.groups)
        return self._people

    def _entries(self) -> Iterator[tuple[str, str]]:
        yield from self.passwords.items()
        for entry in self.users:
            name, _, password = entry.partition(":")
            yield name.strip(), password

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_configuration(self) -> None:
        """Refuse to start with a dictionary in which somebody cannot be found, or is there twice."""
        super().check_configuration()
        name = f"c.{type(self).__name__}"
        for number, entry in enumerate(self.users, 1):
            if not isinstance(entry, str) or ":" not in entry:
                raise ConfigurationError(f"{name}.users: entry {number} is not of the form name:password")
        plain = sum(1 for user, stored in self._entries() if not self._is_hash(name, user, stored))
        self._check_names(name)
        if self.groups and not self.manage_groups:
            raise ConfigurationError(
                f"{name}.groups is set, but has no effect: set {name}.manage_groups = True as well"
            )
        if plain:
            self.log.warning(
                "%s: %d of %d passwords are in plain text, for everybody who can read the configuration. Put in their "
                "place what `oauthenticator-suite hash-password` prints.",
                name,
                plain,
                len(list(self._entries())),
            )
        if not self.passwords and not self.users:
            self.log.warning("%s.passwords is empty: nobody can sign in", name)
        self._known_people()

    def _is_hash(self, name: str, user: object, stored: object) -> bool:
        # no sentence here may hold what somebody has put where a password belongs
        if not isinstance(user, str) or not isinstance(stored, str):
            raise ConfigurationError(f"{name}.passwords: names and passwords must be strings (quote numbers)")
        if not stored:
            raise ConfigurationError(f"{name}: the password of {user!r} is empty")
        try:
            return is_hash(stored)
        except ValueError as error:
            raise ConfigurationError(f"{name}: the password of {user!r} is {error}") from None

    def _check_names(self, name: str) -> None:
        seen: dict[str, str] = {}
        for user, _ in self._entries():
            reason = why_not(user)
            if reason is not None or not self.validate_username(self.normalize_username(user)):
                raise ConfigurationError(f"{name}: {user!r} may not be a username: {reason or 'username_pattern'}")
            for form in {_form(user), self.normalize_username(user)}:
                if form in seen:
                    raise ConfigurationError(f"{name}: {seen[form]!r} and {user!r} would be the same user, {form!r}")
                seen[form] = user
        for group, members in self.groups.items():
            strangers = {one for one in members if _form(str(one)) not in seen}
            if strangers:
                raise ConfigurationError(
                    f"{name}.groups: {group!r} has members without a password: {sorted(strangers)}"
                )
