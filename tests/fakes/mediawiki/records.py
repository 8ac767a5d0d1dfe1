"""The wiki's records: users, registered consumers, request tokens, and grants of users."""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

PRIVATE_GRANT = "mwoauth-authonlyprivate"
AUTHENTICATION_ONLY = {"mwoauth-authonly", PRIVATE_GRANT}
KNOWN_GRANTS = {*AUTHENTICATION_ONLY, "basic", "editpage", "createeditmovepage", "viewmywatchlist", "privateinfo"}
RIGHTS = ["read", "edit", "createpage", "createtalk", "editmyoptions", "editmywatchlist", "viewmyprivateinfo"]


@dataclass
class WikiUser:
    """An account. `groups` are the assigned ones; every account also has the implicit ones."""

    id: int
    username: str
    groups: list[str] = field(default_factory=list)
    editcount: int = 250
    registered: str | None = "20190304050607"  # 14 digits, UTC; very old accounts have none
    confirmed_email: bool = True
    blocked: bool = False
    hidden: bool = False
    realname: str = ""
    email: str = ""

    def statement(self, grants: list[str], *, int_sub: bool) -> dict[str, Any]:
        """What the wiki tells a consumer that has these grants. Of a hidden account: that it is blocked, no more."""
        sub = {"sub": self.id if int_sub else str(self.id)}
        if self.hidden:
            return {**sub, "blocked": True}
        claims = {
            **sub,
            "username": self.username,
            "editcount": self.editcount,
            "confirmed_email": self.confirmed_email,
            "blocked": self.blocked,
            "registered": self.registered,
            "groups": [*self.groups, "*", "user", "autoconfirmed"],
            "rights": list(RIGHTS),
            "grants": list(grants),
        }
        if PRIVATE_GRANT in grants or "privateinfo" in grants:
            claims |= {"realname": self.realname, "email": self.email}
        return claims


def default_users() -> dict[str, WikiUser]:
    users = [
        WikiUser(11, "Alice", ["sysop", "bureaucrat"], realname="Alice Example", email="alice@example.org"),
        WikiUser(12, "Bob van Dyke", ["editor"], realname="Bob van Dyke", email="bob@example.org"),
        WikiUser(13, "José ÑANDÚ", ["editor"]),
        WikiUser(14, "Carol (WMF)", ["staff"]),
        WikiUser(15, "O'Brien"),
        WikiUser(16, "ALLCAPS"),
        WikiUser(17, "Allcaps"),
        WikiUser(18, "Newcomer", editcount=0, registered="20260101000000", confirmed_email=False),
    ]
    return {user.username: user for user in users}


@dataclass
class Consumer:
    """A registered application, of OAuth 1.0a or ("2.0") of OAuth 2.0: the same form of the wiki makes both."""

    callback_url: str = ""
    callback_is_prefix: bool = False
    grants: list[str] = field(default_factory=lambda: ["mwoauth-authonly"])
    oauth_version: str = "1.0a"
    confidential: bool = True  # OAuth 2.0 only
    disabled: bool = False  # by an administrator of the wiki
    name: str = "JupyterHub"
    key: str = field(default_factory=lambda: token_hex(16))
    secret: str = field(default_factory=lambda: token_hex(20))

    @property
    def only_authenticates(self) -> bool:
        return set(self.grants) <= AUTHENTICATION_ONLY


@dataclass
class RequestToken:
    """Temporary credentials of OAuth 1.0a, on their way from `initiate` to `token`."""

    key: str
    secret: str
    consumer_key: str
    callback: str
    expires_at: float
    verifier: str = ""  # empty: the user has not said yes
    user_id: int = 0
    used: bool = False


@dataclass(frozen=True)
class AccessToken:
    """Token credentials of OAuth 1.0a: one pair for a user and a consumer, without an end."""

    key: str
    secret: str
    consumer_key: str
    user_id: int


@dataclass
class Grant:
    """What a code or a token of OAuth 2.0 stands for."""

    client_id: str
    user_id: int
    scope: list[str]
    expires_at: float
    redirect_uri: str = ""
    challenge: str = ""
    access_token: str = ""  # of a refresh token: the one that came with it
