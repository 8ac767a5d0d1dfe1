"""People sign in with a form, and their passwords are in a file, as hashes.

Put your own way of telling right from wrong into `authenticate`. The form, the pages, slowing down whoever guesses, and
the decision on who may come in (`allowed_users`, `admin_users`, groups …) are there already.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from oauthenticator_suite import SimpleAuthenticator
from oauthenticator_suite.errors import AccessDenied, ConfigurationError
from oauthenticator_suite.local.password_hashes import Verifier, is_hash
from traitlets import Unicode


class {{ cookiecutter.__class }}(SimpleAuthenticator):
    """Sign in with {{ cookiecutter.__title }}."""

    default_provider = "{{ cookiecutter.name }}"
    """What it is called in URLs, and whose accounts these are. Once people have signed in, it must not change."""

    people_file = Unicode(
        config=True,
        help="""
        The file with names and hashes of passwords, as JSON: ``{"ada": "$argon2id$…"}``.

        ``oauthenticator-suite hash-password`` makes the hashes. The file is read at every login. Without it nobody can
        sign in.
        """,
    )

    def people(self) -> dict[str, str]:
        """Names, in small letters, and the hashes of their passwords, as the file has them now."""
        people = json.loads(Path(self.people_file).read_text(encoding="utf-8"))
        for name, stored in people.items():
            if not is_hash(stored):
                raise ValueError(f"the password of {name!r} is in plain text")
        return {name.lower(): stored for name, stored in people.items()}

    def is_right(self, name: str, password: str) -> bool:
        """Whether it is this person's password. That takes a while, and as long for somebody who is not there."""
        people = self.people()
        return Verifier(people.values()).verify(people.get(name), password)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        """Who it is; None when the name is unknown or the password is not theirs.

        To sign in is one thing, to come in another: `allowed_users` and the other options decide on that.
        """
        name = data["username"].lower()
        # in a thread: the Hub answers everybody else meanwhile
        if not await asyncio.to_thread(self.is_right, name, data["password"]):
            return None
        return {"username": name, "profile": {"name": name.title()}}

    async def reread_user(self, user: Any, auth_state: dict[str, Any]) -> dict[str, Any] | None:
        """Whoever is taken out of the file is signed out: this is asked while people are signed in."""
        if user.name not in {self.normalize_username(name) for name in self.people()}:
            raise AccessDenied("people_file", "not in the file any more")
        return await super().reread_user(user, auth_state)

    def check_configuration(self) -> None:
        """Stop the start-up when nobody could sign in."""
        super().check_configuration()
        option = f"c.{type(self).__name__}.people_file"
        if not self.people_file:
            raise ConfigurationError(f"set {option} to the file with names and hashes of passwords")
        try:
            self.people()
        except (OSError, ValueError, AttributeError) as error:
            raise ConfigurationError(f"{option} cannot be used: {error}") from error
