"""Sign-in by a proxy in front of the Hub, which sends the user's name in a header.

This is the smallest authenticator: a handler that begins the login, and `authenticate`, which returns the user. Replace
both with your own. The decision on access, names, groups, roles and hooks are inherited.

A client that can send this header to the Hub can sign in as any user. Each login must therefore satisfy two conditions:
it came through trusted addresses, and it carries the proxy's secret. The addresses alone are not enough. Users' servers
can reach the Hub without a proxy, and on a small Hub they have the same address as the proxy.
"""

from __future__ import annotations

import hmac
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

from jupyterhub.utils import url_path_join
from oauthenticator_suite.extend import (
    AccessDenied,
    ConfigurationError,
    Paths,
    SignedInHandler,
    SuiteAuthenticator,
    SuiteLogoutHandler,
    guarded,
)
from traitlets import List, Unicode

MIN_SECRET_LENGTH = 32


class ProxyLoginHandler(SignedInHandler):
    """The login page. There is no form: the first request already signs in."""

    @guarded
    async def get(self) -> None:
        """Redirect to the page that the user requested, or show an error page."""
        user = await self.login_user({})
        if user is None:
            raise AccessDenied("authenticate")
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user))


class {{ cookiecutter.__class }}(SuiteAuthenticator):
    """Sign in with {{ cookiecutter.__title }}."""

    login_service = "{{ cookiecutter.__title }}"

    default_provider = "{{ cookiecutter.name }}"
    """The name of this login among several. It must not change once users have signed in."""

    paths = Paths(login="{{ cookiecutter.name }}/login")
    """The paths of its pages, below ``/hub/``. They are others where several logins are configured."""

    user_header = Unicode("Remote-User", config=True, help="The header with the user's name.")

    secret_header = Unicode("X-Proxy-Secret", config=True, help="The header with the proxy's secret.")

    secret_file = Unicode(
        config=True,
        help="""
        The path of a file with the proxy's secret: at least 32 characters, such as ``openssl rand -hex 32`` prints.

        Only the Hub and the proxy may read it. The Hub does not start without it.
        """,
    )

    trusted_proxies = List(
        Unicode(),
        config=True,
        help="""
        Addresses and networks, such as ``10.1.2.3`` or ``10.1.2.0/24``: of the Hub's own proxy, as the Hub sees it, and
        of the proxy in front, as the Hub's own proxy sees it. The Hub does not start without them.
        """,
    )

    def login_url(self, base_url: str) -> str:
        """The target of the button on the Hub's login page."""
        return str(url_path_join(base_url, self.paths.login))

    def logout_url(self, base_url: str) -> str:
        """The Hub's logout page."""
        return str(url_path_join(base_url, self.paths.logout))

    def get_handlers(self, app: Any) -> list[Any]:
        """The routes of this login. The inherited method checks the options."""
        super().get_handlers(app)
        return [(f"/{self.paths.login}", ProxyLoginHandler), (f"/{self.paths.logout}", SuiteLogoutHandler)]

    async def authenticate(self, handler: Any, data: Any) -> str:
        """The user's name, as sent by the proxy.

        Raises
        ------
        AccessDenied
            When the request did not come from the proxy, or has no name.
        """
        for address in senders(handler.request):
            if not self.is_trusted(address):
                raise AccessDenied("trusted_proxies", "the request came through an address that is not trusted")
        headers = handler.request.headers
        given = [secret.encode("latin-1", "replace") for secret in headers.get_list(self.secret_header)]
        if len(given) != 1 or not hmac.compare_digest(given[0], self.secret()):
            raise AccessDenied("secret_file", f"{self.secret_header} is missing or wrong")
        # two headers of this name: one is the proxy's, the other one the proxy should have removed
        names = headers.get_list(self.user_header)
        if len(names) != 1 or not names[0] or not names[0].isascii() or "," in names[0]:
            raise AccessDenied("user_header", f"{self.user_header} does not contain exactly one name")
        return names[0]

    def is_trusted(self, address: str) -> bool:
        """Whether an address is one of `trusted_proxies`."""
        try:
            known = ip_address(address)
        except ValueError:
            return False
        if isinstance(known, IPv6Address) and known.ipv4_mapped is not None:
            known = known.ipv4_mapped
        return any(known in ip_network(trusted) for trusted in self.trusted_proxies)

    def secret(self) -> bytes:
        """The secret that the proxy must send."""
        return Path(self.secret_file).read_bytes().strip()

    async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> bool:
        """Whether a signed-in user is still allowed by the present options.

        `readmit` raises `AccessDenied` for a user who is not: then the Hub ends the sessions and removes rights.
        """
        await self.readmit(user.name, {"groups": [group.name for group in user.groups]})
        return True

    def check_configuration(self) -> None:
        """Stop the start-up when no user could sign in, or every client could."""
        super().check_configuration()
        name = f"c.{type(self).__name__}"
        if not self.trusted_proxies:
            raise ConfigurationError(f"set {name}.trusted_proxies to the addresses of the proxies")
        try:
            everywhere = any(ip_network(trusted).prefixlen == 0 for trusted in self.trusted_proxies)
        except ValueError as error:
            raise ConfigurationError(f"{name}.trusted_proxies: {error}") from error
        if everywhere:
            raise ConfigurationError(f"{name}.trusted_proxies: every address would be trusted")
        if not self.secret_file:
            raise ConfigurationError(f"set {name}.secret_file to a file with the proxy's secret")
        try:
            length = len(self.secret())
        except OSError as error:
            raise ConfigurationError(f"{name}.secret_file cannot be read: {error}") from error
        if length < MIN_SECRET_LENGTH:
            raise ConfigurationError(f"{name}.secret_file: the secret has fewer than {MIN_SECRET_LENGTH} characters")


def senders(request: Any) -> list[str]:
    """The addresses that sent a request: the other end of the connection and, for a proxy, the address before it.

    Do not use `request.remote_ip`: it comes from headers that any client can send. In ``X-Forwarded-For``, only the
    last address was written by the proxy at the other end of the connection.
    """
    connection = request.connection.context.address
    found = [connection[0] if isinstance(connection, tuple) else ""]
    forwarded = request.headers.get_list("X-Forwarded-For")
    if forwarded:
        found.append(forwarded[-1].rpartition(",")[2].strip())
    return found
