"""Sign-in with a form on the Hub's page, with hashes of passwords in a file.

Replace the check in `authenticate` with your own. The form, the pages, the protection against guessing and the decision
on access (`allowed_users`, `admin_users`, groups …) are inherited.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from oauthenticator_suite.extend import AccessDenied, ConfigurationError, SimpleAuthenticator, Verifier, is_hash
from traitlets import Unicode


class {{ cookiecutter.__class }}(SimpleAuthenticator):
    """Sign in with {{ cookiecutter.__title }}."""

    default_provider = "{{ cookiecutter.name }}"
    """The name of this login in URLs, and the owner of its accounts. It must not change once users have signed in."""

    people_file = Unicode(
        config=True,
        help="""
        The path of a JSON file with names and hashes of passwords: ``{"ada": "$argon2id$…"}``.

        ``oauthenticator-suite hash-password`` makes the hashes. The Hub reads the file at every login, and it does not
        start without the file.
        """,
    )

    def people(self) -> dict[str, str]:
        """The present content of the file: names in lower case, and hashes of passwords."""
        people = json.loads(Path(self.people_file).read_text(encoding="utf-8"))
        for name, stored in people.items():
            if not is_hash(stored):
                raise ValueError(f"the password of {name!r} is in plain text")
        return {name.lower(): stored for name, stored in people.items()}

    def is_right(self, name: str, password: str) -> bool:
        """Whether this is the user's password. It is slow on purpose, and takes as long for an unknown name."""
        people = self.people()
        return Verifier(people.values()).verify(people.get(name), password)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        """The user; None when the name is unknown or the password is wrong.

        This decides who the user is. Whether the user is allowed is decided by `allowed_users` and the other options.
        """
        name = data["username"].lower()
        # in a thread, so that the Hub can answer other requests meanwhile
        if not await asyncio.to_thread(self.is_right, name, data["password"]):
            return None
        return {"username": name, "profile": {"name": name.title()}}

    async def reread_user(self, user: Any, auth_state: dict[str, Any]) -> dict[str, Any] | None:
        """Called at each refresh of a signed-in user: sign out a user who was removed from the file."""
        if user.name not in {self.normalize_username(name) for name in self.people()}:
            raise AccessDenied("people_file", "no longer in the file")
        return await super().reread_user(user, auth_state)

    def check_configuration(self) -> None:
        """Stop the start-up when no user could sign in."""
        super().check_configuration()
        option = f"c.{type(self).__name__}.people_file"
        if not self.people_file:
            raise ConfigurationError(f"set {option} to a file with names and hashes of passwords")
        try:
            self.people()
        except (OSError, ValueError, AttributeError) as error:
            raise ConfigurationError(f"{option} cannot be used: {error}") from error
