"""Names of authenticators in configurations, and what replaces each: derived from the registry."""

from __future__ import annotations

from typing import NamedTuple

from ... import registry

OLD_PACKAGE = "oauthenticator"

OTHER_OLD_NAMES = {"generic": "generic-oauth"}
"""Entry points of oauthenticator whose name is not that of this package without ``suite-``."""

ONLY_HERE = frozenset({"entra", "forgejo", "jupyterhub", "keycloak", "okta", "cognito", "orcid"})
"""Providers of this package for which oauthenticator has no class."""

_OTHER = "It works as before, because it belongs to another package. "
_CHILD = "MultiAuthenticator can offer it next to providers of this package"

OF_OTHER_PACKAGES = {
    "PAMAuthenticator": (
        f"{_OTHER}This package has suite-pam, with Unix groups as roles, and protection against guessing"
    ),
    "LDAPAuthenticator": f"{_OTHER}This package has no LDAP; {_CHILD}",
    "NativeAuthenticator": (
        f"{_OTHER}This package has no sign-up page, and cannot read its passwords; {_CHILD}, and users can move to a "
        "provider one after another"
    ),
    "DummyAuthenticator": f"{_OTHER}It is for tests. This package has suite-dictionary, with a password for each user",
    "SharedPasswordAuthenticator": (
        f"{_OTHER}This package has suite-dictionary, with a password for each user, and no shared one"
    ),
    "NullAuthenticator": f"{_OTHER}No user can sign in with it",
}
"""Authenticators of other packages, and what can be said about them."""

OTHER_NAMES = {
    "default": "PAMAuthenticator",
    "dummy": "DummyAuthenticator",
    "ldap": "LDAPAuthenticator",
    "ldapauthenticator": "LDAPAuthenticator",
    "native": "NativeAuthenticator",
    "null": "NullAuthenticator",
    "pam": "PAMAuthenticator",
    "shared-password": "SharedPasswordAuthenticator",
}
"""The entry points of these authenticators."""

OTHER_PACKAGES = ("jupyterhub", "ldapauthenticator", "nativeauthenticator")
"""The packages that these authenticators are imported from."""

OTHER_MULTI = ("multiauthenticator",)
"""The packages, and the entry point, of another `MultiAuthenticator`."""


class Target(NamedTuple):
    """What an authenticator's name in a configuration stands for.

    Attributes
    ----------
    cls:
        The name of the class: of this package if `is_ours`, else of another one.
    is_ours:
        Whether this package has the class.
    new:
        The name to write; None when nothing is to be written.
    note:
        What to say about a class of another package.
    """

    cls: str
    is_ours: bool
    new: str | None = None
    note: str = ""


def _ours() -> dict[str, Target]:
    found = {}
    for entry in registry.PROVIDERS:
        if entry.name in ONLY_HERE:
            continue
        old = OTHER_OLD_NAMES.get(entry.name, entry.name)
        found[old] = Target(entry.cls, True, f"suite-{entry.name}")
        found[f"local-{old}"] = Target(f"Local{entry.cls}", True, f"suite-local-{entry.name}")
    return found


BY_OLD_NAME = _ours()
"""By each entry point of oauthenticator, in lower case."""

BY_NEW_NAME = {name: Target(cls, True) for name, (_, cls) in registry.classes().items()}
"""By each entry point of this package."""


def target_of_name(name: str) -> Target | None:
    """What an entry point or an import path stands for; None when it is not known."""
    if "." in name:
        return target_of_import(name)
    low = name.lower()
    if low in BY_NEW_NAME:
        return BY_NEW_NAME[low]
    if low in OTHER_NAMES:
        cls = OTHER_NAMES[low]
        return Target(cls, False, note=OF_OTHER_PACKAGES[cls])
    if low in OTHER_MULTI:
        return Target("MultiAuthenticator", True, "suite-multi")
    return BY_OLD_NAME.get(low)


def target_of_import(path: str) -> Target | None:
    """What an import path such as ``oauthenticator.github.GitHubOAuthenticator`` stands for; None if not known."""
    package, _, _ = path.partition(".")
    cls = path.rpartition(".")[2]
    known = cls in registry.modules()
    if package == registry.PACKAGE:
        return Target(cls, True) if known else None
    if known and (package == OLD_PACKAGE or (package in OTHER_MULTI and cls == "MultiAuthenticator")):
        return Target(cls, True, f"{registry.PACKAGE}.{cls}")
    if package in OTHER_PACKAGES and cls in OF_OTHER_PACKAGES:
        return Target(cls, False, note=OF_OTHER_PACKAGES[cls])
    return None
