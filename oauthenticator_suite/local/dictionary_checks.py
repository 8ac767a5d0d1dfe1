"""Start-up checks of `DictionaryAuthenticator`. No message contains a password, or a value that may be one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..hub.findings.finding import ERROR, WARNING, Check, Problem, check, section
from ..hub.options.client_types import unreplaced_variable
from ..policy.username import name_key, why_not_login
from .password_hashes import is_hash
from .published_samples import is_published_sample


@check(
    "dictionary-form",
    ERROR,
    "`users` has an entry that is not `name:password`, or `passwords` has a value that is not text.",
    "Write `name:password`, and put numbers in quotes.",
)
def form_of_entries(authenticator: Any) -> Iterator[Problem]:
    """JSON and YAML can hold other values."""
    for number, entry in enumerate(authenticator.users, 1):
        if not isinstance(entry, str) or ":" not in entry:
            yield Problem("users", f"entry {number} does not have the form name:password")
    for user, stored in authenticator.passwords.items():
        if not isinstance(user, str) or not isinstance(stored, str):
            yield Problem("passwords", "names and passwords must be strings", "Put numbers in quotes")
            return


@check(
    "dictionary-password",
    ERROR,
    "A password is empty, a variable that was not replaced, or a hash that cannot be used.",
    "Make a hash with `oauthenticator-suite hash-password`.",
)
def unusable_passwords(authenticator: Any) -> Iterator[Problem]:
    """An empty password is none."""
    for user, stored in authenticator.entries:
        if not stored:
            yield Problem("passwords", f"the password of {user!r} is empty")
            continue
        if unreplaced_variable(stored) == stored:
            yield Problem(
                "passwords",
                f"the password of {user!r} is {stored[:80]!a}, a variable that was not replaced: everyone who knows "
                "your templates could sign in with it",
                "Replace it by its value",
            )
            continue
        try:
            is_hash(stored)
        except ValueError as error:
            yield Problem("passwords", f"the password of {user!r} is {error}")


@check(
    "dictionary-name",
    ERROR,
    "A name in the dictionary cannot be a username, or two names are the same user.",
    "Change the name.",
)
def unusable_names(authenticator: Any) -> Iterator[Problem]:
    """Names are not case-sensitive."""
    seen: dict[str, str] = {}
    for user, _ in authenticator.entries:
        username = authenticator.normalize_username(user)
        reason = why_not_login(user, authenticator.own_name(username))
        if reason is not None or not authenticator.validate_username(username):
            yield Problem("passwords", f"{user!r} is not a valid username: {reason or 'username_pattern'}")
        for key in {name_key(user), name_key(username)}:
            if key in seen:
                yield Problem("passwords", f"{seen[key]!r} and {user!r} would be the same user, {key!r}")
            seen[key] = user


@check(
    "dictionary-groups",
    ERROR,
    "`groups` is set without `manage_groups`, or has members who are not in the dictionary.",
    "Set `manage_groups` to True, and correct the names of the members.",
)
def groups_of_the_dictionary(authenticator: Any) -> Iterator[Problem]:
    """Groups that no user would be in."""
    if authenticator.groups and not authenticator.manage_groups:
        fix = f"Set {section(authenticator)}.manage_groups = True as well"
        yield Problem("groups", "is set, but has no effect", fix)
    known = {
        name_key(form) for user, _ in authenticator.entries for form in (user, authenticator.normalize_username(user))
    }
    for group, members in authenticator.groups.items():
        unknown = {member for member in members if name_key(str(member)) not in known}
        if unknown:
            yield Problem(
                "groups", f"{group!r} has members without a password: {sorted(unknown)}", "Correct their names"
            )


@check(
    "plain-text-passwords",
    WARNING,
    "Passwords are in plain text.",
    "Replace them by hashes: run `oauthenticator-suite hash-password`.",
)
def plain_text_passwords(authenticator: Any) -> Iterator[Problem]:
    """Everyone who can read the configuration can read them."""
    entries = authenticator.entries
    plain = sum(1 for _, stored in entries if not is_hash(stored))
    if plain:
        yield Problem(
            "passwords",
            f"{plain} of {len(entries)} passwords are in plain text, so everyone who can read the configuration can "
            "read them",
        )


@check(
    "sample-passwords",
    WARNING,
    "A password is one of the samples in the documentation or the demo.",
    "Make another with `oauthenticator-suite hash-password`.",
)
def sample_passwords(authenticator: Any) -> Iterator[Problem]:
    """Every reader of the documentation knows them."""
    users = [user for user, stored in authenticator.entries if is_published_sample(stored)]
    if users:
        yield Problem(
            "passwords",
            f"has a sample from the documentation as the password of {', '.join(map(repr, users[:10]))}: everyone "
            "knows it",
        )


@check("dictionary-empty", WARNING, "The dictionary has no users.", "Add them to `passwords`.")
def empty_dictionary(authenticator: Any) -> Iterator[Problem]:
    """No user can sign in."""
    if not authenticator.passwords and not authenticator.users:
        yield Problem("passwords", "is empty, so no user can sign in")


DICTIONARY_CHECKS: tuple[Check, ...] = (
    form_of_entries,
    unusable_passwords,
    unusable_names,
    groups_of_the_dictionary,
    plain_text_passwords,
    sample_passwords,
    empty_dictionary,
)
"""The checks of `DictionaryAuthenticator`."""
