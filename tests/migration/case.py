"""One configuration, who signs in with it, and what may differ afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyterhub.utils import maybe_future

from tests.support import Hub

FOLDER = Path(__file__).with_name("configurations")

Look = Callable[[Hub], Awaitable[Any]]
Prepare = Callable[[Any], None]


@dataclass(frozen=True)
class Outcome:
    """What a Hub has after the logins: the name of each user who signed in, the administrators, and the groups.

    `names` has None for a user who was refused. `more` is what the case also looked at.
    """

    names: Mapping[str, str | None]
    admins: frozenset[str] = frozenset()
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    more: Any = None


@dataclass(frozen=True)
class Differs:
    """What is known to differ: the outcome with this package, and phrases that the report of ``migrate`` has about it.

    Without an `outcome` the Hub does not start; then `stops` is part of the reason.
    """

    reported: tuple[str, ...]
    outcome: Outcome | None = None
    stops: str = ""


@dataclass(frozen=True)
class Case:
    """A configuration in `FOLDER`: a Python file, a Helm values file, or a folder of Python files.

    :param people: the users who sign in, by their names at the fake.
    :param expected: what `oauthenticator` 17.4.0 does. The test compares it with a run, so that two Hubs that refuse
        every user do not count as the same.
    :param prepare: sets up the fake before the logins.
    :param environment: variables that the configuration reads, in addition to the usual ones.
    :param accounts: users in the database of the Hub before it starts.
    :param entry: which one of several ways to sign in the users take.
    :param look: what else to compare.
    :param differs: what this package does otherwise.
    """

    file: str
    world: str
    people: tuple[str, ...]
    expected: Outcome
    prepare: Prepare | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    accounts: tuple[str, ...] = ()
    entry: str = ""
    look: Look | None = None
    differs: Differs | None = None

    @property
    def path(self) -> Path:
        return FOLDER / self.file

    def __str__(self) -> str:
        return self.file.partition(".")[0]


def named(*, admins: str = "", **names: str | None) -> Outcome:
    """An outcome without groups. `admins` are Hub users, with spaces between them."""
    return Outcome(names, frozenset(admins.split()))


async def spawner_environment(hub: Hub) -> dict[str, list[str]]:
    """The variables that hooks set for the server of each user who has signed in."""
    found = {}
    for name in hub.accounts():
        user = hub.app.users[name]
        auth_state = await user.get_auth_state()
        if auth_state is None:
            continue
        user.spawner.environment = {}
        await maybe_future(hub.authenticator.pre_spawn_start(user, user.spawner))
        await user.spawner.run_auth_state_hook(auth_state)
        found[name] = sorted(user.spawner.environment)
    return found
