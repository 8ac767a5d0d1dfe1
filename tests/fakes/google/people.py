"""Who has an account at this Google, and the groups of the Workspace domain example.org."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

DOMAIN = "example.org"
ADMINISTRATOR = f"admin@{DOMAIN}"


def person(name: str, email: str, *, hd: str | None = None, verified: bool = True) -> dict[str, Any]:
    """The claims of an account. `hd` is there for Workspace accounts alone, and has nothing to do with the address."""
    claims: dict[str, Any] = {
        "sub": f"1{int(sha256(name.encode()).hexdigest(), 16) % 10**20:020d}",
        "email": email,
        "email_verified": verified,
        "name": f"{name.title()} Example",
        "given_name": name.title(),
        "family_name": "Example",
        "picture": f"https://lh3.example.com/a/{name}=s96-c",
    }
    if hd is not None:
        claims["hd"] = hd
    return claims


def default_people() -> dict[str, dict[str, Any]]:
    return {
        "alice": person("alice", f"alice@{DOMAIN}", hd=DOMAIN),
        "bob": person("bob", f"bob@{DOMAIN}", hd=DOMAIN),
        "admin": person("admin", ADMINISTRATOR, hd=DOMAIN),
        # The same name at another domain, and at none.
        "alice-at-gmail": person("alice-at-gmail", "alice@gmail.com"),
        "mallory": person("mallory", "alice@attacker.example", hd="attacker.example"),
        # Consumer accounts may be made with any address that gets mail, also with one of a Workspace domain.
        "lookalike": person("lookalike", f"alice.archer@{DOMAIN}"),
        "unverified": person("unverified", f"carol@{DOMAIN}", verified=False),
    }


def default_members() -> dict[str, set[str]]:
    """Group → its direct members, people and groups. Two groups are members of each other."""
    return {
        f"staff@{DOMAIN}": {f"alice@{DOMAIN}", f"bob@{DOMAIN}"},
        f"physics@{DOMAIN}": {f"alice@{DOMAIN}"},
        f"science@{DOMAIN}": {f"physics@{DOMAIN}"},
        f"everybody@{DOMAIN}": {f"science@{DOMAIN}", f"staff@{DOMAIN}"},
        f"ring-a@{DOMAIN}": {f"bob@{DOMAIN}", f"ring-b@{DOMAIN}"},
        f"ring-b@{DOMAIN}": {f"ring-a@{DOMAIN}"},
        f"nobody@{DOMAIN}": set(),
    }
