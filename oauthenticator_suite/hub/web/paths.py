"""The paths of a login's pages, below the Hub's base URL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of one login, without leading or trailing slashes.

    The defaults are for a Hub with one provider; `sign_in_page` has its button. With several providers, each has paths
    `below` a prefix that names it, and no `sign_in_page`, because one page has all buttons. So no two providers share a
    redirect URI, and the response of one provider cannot complete a login at another one (RFC 9700 §4.4).
    """

    sign_in_page: str | None = "login"
    login: str = "oauth_login"
    callback: str = "oauth_callback"
    logout: str = "logout"
    revoke: str = "oauth_revoke"
    logged_out: str = "oauth_logged_out"
    backchannel_logout: str = "oauth_backchannel_logout"
    frontchannel_logout: str = "oauth_frontchannel_logout"
    initiate: str = "oauth_initiate"
    result: str = "auth/result"
    request_object: str = "oauth_request_object"
    jwks: str = "oauth_jwks"

    def with_lasting(self, path: str) -> tuple[Paths, ...]:
        """These paths, and if they are the ones of the only login of a Hub, also those below the prefix `path`.

        So the URLs ``/hub/auth/github/login`` and ``…/authorize`` can be used from the beginning, and stay when
        `MultiAuthenticator` adds further logins.
        """
        return (self, Paths.below(path)) if self == Paths() else (self,)

    @classmethod
    def below(cls, path: str) -> Paths:
        """The paths of a login with the prefix `path`, such as ``auth/github``: ``auth/github/login`` and so on."""
        return cls(
            sign_in_page=None,
            login=f"{path}/login",
            callback=f"{path}/authorize",
            logout=f"{path}/logout",
            revoke=f"{path}/revoke",
            logged_out=f"{path}/logged_out",
            backchannel_logout=f"{path}/backchannel_logout",
            frontchannel_logout=f"{path}/frontchannel_logout",
            initiate=f"{path}/initiate",
            result=f"{path}/result",
            request_object=f"{path}/request_object",
            jwks=f"{path}/jwks",
        )
