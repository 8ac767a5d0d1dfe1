"""Start-up checks of `follow_renames`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..findings.finding import ERROR, Check, Problem, check, section
from ..unix.local_users import LocalUsers

_RUN_AS_SYSTEM_USERS = frozenset(
    {"LocalProcessSpawner", "SudoSpawner", "SystemUserSpawner", "BatchSpawnerBase", "SystemdSpawner", "SSHSpawner"}
)
"""Names of spawner classes whose servers run as the Unix user with the Hub's username."""

_CREATE_SYSTEM_USERS = frozenset({"SimpleLocalProcessSpawner", "UserCreatingSpawner"})
"""Names of classes derived from them that need no Unix user, or create it for the Hub's username."""


@check(
    "follow-renames-without-auth-state",
    ERROR,
    "`follow_renames` is set without `enable_auth_state`.",
    "Set `enable_auth_state` to True: it stores whose account it is.",
)
def without_auth_state(authenticator: Any) -> Iterator[Problem]:
    """No owner is recorded, so that every account would be matched by name."""
    if authenticator.follow_renames and not authenticator.enable_auth_state:
        fix = f"Set {section(authenticator)}.enable_auth_state = True as well"
        yield Problem("follow_renames", "is set, but no owner of an account is stored", fix)


@check(
    "follow-renames-and-rebind",
    ERROR,
    "`follow_renames` and `rebind_accounts_by_name` are both set.",
    "Remove `rebind_accounts_by_name` when all users have moved, and set `follow_renames` then.",
)
def with_rebinding(authenticator: Any) -> Iterator[Problem]:
    """A new user with the former name of a renamed one would get that user's account."""
    if authenticator.follow_renames and authenticator.rebind_accounts_by_name:
        yield Problem(
            "follow_renames",
            "and rebind_accounts_by_name are both set: a user who takes the former name of a renamed user would get "
            "the account",
            f"Remove {section(authenticator)}.rebind_accounts_by_name when all users have moved",
        )


@check(
    "follow-renames-no-subject",
    ERROR,
    "`follow_renames` is set for a provider whose only identifier of a user is the name.",
    "Remove `follow_renames`.",
)
def without_subject(authenticator: Any) -> Iterator[Problem]:
    """A renamed user is a new user for such a provider. The ``sub`` of OpenID Connect always stays the same."""
    subject = authenticator.claims.subject
    if authenticator.follow_renames and subject != "sub" and subject == authenticator.claims.username:
        yield Problem(
            "follow_renames", "is set, but this provider has no identifier of a user that stays the same", "Remove it"
        )


@check(
    "follow-renames-shared",
    ERROR,
    "`follow_renames` is set for a provider of `MultiAuthenticator`, and `username_collision` is `share`.",
    "Set `username_collision` to `prefix` or `reject`, or remove `follow_renames`.",
)
def with_shared_accounts(authenticator: Any) -> Iterator[Problem]:
    """Shared accounts are matched by name, so that a name has to mean the same user at every provider."""
    seat = getattr(authenticator, "seat", None)
    if authenticator.follow_renames and seat is not None and seat.accounts.collision == "share":
        yield Problem(
            "follow_renames",
            "is set, and c.MultiAuthenticator.username_collision = 'share' matches accounts by name",
            "Set username_collision to 'prefix' or 'reject', or remove follow_renames",
        )


def _spawner_class(authenticator: Any) -> type | None:
    """The spawner class of the Hub; None when there is no Hub."""
    parent = authenticator.parent
    while parent is not None and not hasattr(parent, "spawner_class"):
        parent = parent.parent
    found: type | None = getattr(parent, "spawner_class", None)
    return found


@check(
    "follow-renames-system-users",
    ERROR,
    "`follow_renames` is set, and servers run as the Unix users with the Hub's usernames, without a `Local…` class.",
    "Use the `Local…` class of the provider. It checks that the Unix account is the one that the user had before.",
)
def with_system_users(authenticator: Any) -> Iterator[Problem]:
    """The former name of a renamed user may be that of another Unix user: the server would run as that user."""
    cls = _spawner_class(authenticator)
    if not authenticator.follow_renames or cls is None or isinstance(authenticator, LocalUsers):
        return
    names = {base.__name__ for base in cls.__mro__}
    dynamic = "SystemdSpawner" in names and authenticator.config.SystemdSpawner.get("dynamic_users") is True
    if names & _RUN_AS_SYSTEM_USERS and not names & _CREATE_SYSTEM_USERS and not dynamic:
        yield Problem(
            "follow_renames",
            f"is set, and {cls.__name__} runs servers as the Unix users with the Hub's usernames: when a Unix account "
            "is renamed too, its former name may become that of another user",
            "Use the Local… class of this provider, which checks that the Unix account is the same",
        )


RENAME_CHECKS: tuple[Check, ...] = (
    without_auth_state,
    with_rebinding,
    without_subject,
    with_shared_accounts,
    with_system_users,
)
"""The checks of `follow_renames`."""
