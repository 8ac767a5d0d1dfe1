"""Where, below the Hub's base URL, the requests of a login are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of one login, without a slash at either end.

    As they stand, they are those of a Hub with this one way to sign in. With several at once, each has its own, `below`
    a path that names it: so no two share a redirect URI, which is what keeps one provider's response from finishing
    another's login (RFC 9700 §4.4).
    """

    login: str = "oauth_login"
    callback: str = "oauth_callback"
    logout: str = "logout"
    revoke: str = "oauth_revoke"
    logged_out: str = "oauth_logged_out"
    backchannel_logout: str = "oauth_backchannel_logout"
    frontchannel_logout: str = "oauth_frontchannel_logout"

    @classmethod
    def below(cls, path: str) -> Paths:
        """Those of the login that has all of `path` to itself: ``auth/github/login``, ``auth/github/authorize`` …"""
        return cls(
            login=f"{path}/login",
            callback=f"{path}/authorize",
            logout=f"{path}/logout",
            revoke=f"{path}/revoke",
            logged_out=f"{path}/logged_out",
            backchannel_logout=f"{path}/backchannel_logout",
            frontchannel_logout=f"{path}/frontchannel_logout",
        )
