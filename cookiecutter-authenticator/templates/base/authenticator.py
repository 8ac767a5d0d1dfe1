"""A proxy in front of the Hub signs people in, and says in a header who they are.

This is the contract at its barest: a handler that begins the login, and `authenticate`, which says who it is. Put your
own way of finding that out in their place. The decision on who may come in, names, groups, roles and hooks are there.

Whoever can send that header to the Hub is whoever they like. So two things are asked of each login: it must have come
through addresses that are trusted, and it must bear a secret of the proxy's. The address alone would not do. People's
own servers can reach the Hub past all proxies, and on a small Hub they have the same address as these.
"""

from __future__ import annotations

import hmac
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

from jupyterhub.utils import url_path_join
from oauthenticator_suite import SuiteAuthenticator
from oauthenticator_suite.errors import AccessDenied, ConfigurationError
from oauthenticator_suite.hub.accounts.account_login import SignedInHandler
from oauthenticator_suite.hub.logout.handlers import SuiteLogoutHandler
from oauthenticator_suite.hub.web.pages import guarded
from oauthenticator_suite.hub.web.paths import Paths
from traitlets import List, Unicode

LEAST_SECRET = 32


class ProxyLoginHandler(SignedInHandler):
    """The page that begins a login and ends it: there is nothing to fill in."""

    @guarded
    async def get(self) -> None:
        """302 to where the user wanted to go; else an error page."""
        user = await self.login_user({})
        if user is None:
            raise AccessDenied("authenticate")
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user))


class {{ cookiecutter.__class }}(SuiteAuthenticator):
    """Sign in with {{ cookiecutter.__title }}."""

    login_service = "{{ cookiecutter.__title }}"

    default_provider = "{{ cookiecutter.name }}"
    """What it is called where there are several. Once people have signed in, it must not change."""

    paths = Paths(login="{{ cookiecutter.name }}/login")
    """Where its pages are, below ``/hub/``. Where there are several, each gets others."""

    user_header = Unicode("Remote-User", config=True, help="The header in which the proxy says who it is.")

    secret_header = Unicode("X-Proxy-Secret", config=True, help="The header in which the proxy sends its secret.")

    secret_file = Unicode(
        config=True,
        help="""
        The file with the secret that the proxy sends: at least 32 characters, such as ``openssl rand -hex 32`` prints.

        Only the Hub and the proxy may read it. Without it nobody can sign in.
        """,
    )

    trusted_proxies = List(
        Unicode(),
        config=True,
        help="""
        Addresses and networks, such as ``10.1.2.3`` or ``10.1.2.0/24``: of the Hub's own proxy, as the Hub sees it, and
        of the proxy in front, as the Hub's own proxy sees it. Without them nobody can sign in.
        """,
    )

    def login_url(self, base_url: str) -> str:
        """Where the button of the Hub's login page leads."""
        return str(url_path_join(base_url, self.paths.login))

    def logout_url(self, base_url: str) -> str:
        """The Hub's page that logs out."""
        return str(url_path_join(base_url, self.paths.logout))

    def get_handlers(self, app: Any) -> list[Any]:
        """The Hub's routes for this login; the options are checked here."""
        super().get_handlers(app)
        return [(f"/{self.paths.login}", ProxyLoginHandler), (f"/{self.paths.logout}", SuiteLogoutHandler)]

    async def authenticate(self, handler: Any, data: Any) -> str:
        """The name that the proxy says.

        Raises
        ------
        AccessDenied
            When it was not the proxy who said it, or it says none.
        """
        for address in senders(handler.request):
            if not self.is_trusted(address):
                raise AccessDenied("trusted_proxies", "a login has come through an address that is not trusted")
        headers = handler.request.headers
        given = [secret.encode("latin-1", "replace") for secret in headers.get_list(self.secret_header)]
        if len(given) != 1 or not hmac.compare_digest(given[0], self.secret()):
            raise AccessDenied("secret_file", f"{self.secret_header} is missing or wrong")
        # two headers of this name: the proxy's, and one that it should have taken away
        names = headers.get_list(self.user_header)
        if len(names) != 1 or not names[0] or not names[0].isascii() or "," in names[0]:
            raise AccessDenied("user_header", f"{self.user_header} does not hold one name")
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
        """What the proxy must send."""
        return Path(self.secret_file).read_bytes().strip()

    async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> bool:
        """Whether somebody who is signed in may stay, as the options are now."""
        try:
            await self.readmit(user.name, {"groups": [group.name for group in user.groups]})
        except AccessDenied as denied:
            self.log.warning("The session of %s ends: rule=%s", user.name, denied.rule)
            return False
        return True

    def check_configuration(self) -> None:
        """Stop the start-up when nobody could sign in, or everybody."""
        super().check_configuration()
        name = f"c.{type(self).__name__}"
        if not self.trusted_proxies:
            raise ConfigurationError(f"set {name}.trusted_proxies to the addresses of the proxies")
        try:
            everywhere = any(ip_network(trusted).prefixlen == 0 for trusted in self.trusted_proxies)
        except ValueError as error:
            raise ConfigurationError(f"{name}.trusted_proxies: {error}") from error
        if everywhere:
            raise ConfigurationError(f"{name}.trusted_proxies: everybody would be trusted")
        if not self.secret_file:
            raise ConfigurationError(f"set {name}.secret_file to a file with the secret of the proxy")
        try:
            length = len(self.secret())
        except OSError as error:
            raise ConfigurationError(f"{name}.secret_file cannot be read: {error}") from error
        if length < LEAST_SECRET:
            raise ConfigurationError(f"{name}.secret_file: the secret has less than {LEAST_SECRET} characters")


def senders(request: Any) -> list[str]:
    """Where a request comes from: the other end of its connection and, when that is a proxy, where it has it from.

    `request.remote_ip` would not do. It is what headers say that anybody can send; of ``X-Forwarded-For``, the last
    address alone was written by the proxy that we speak to.
    """
    connection = request.connection.context.address
    found = [connection[0] if isinstance(connection, tuple) else ""]
    forwarded = request.headers.get_list("X-Forwarded-For")
    if forwarded:
        found.append(forwarded[-1].rpartition(",")[2].strip())
    return found
