"""The redirect URI and the Hub's own address: checks at start-up, and a comparison with the browser's at each login.

The cookie of a login attempt belongs to the host on which the browser has begun the login. If the provider sends the
browser back to another host, or to a path that the Hub does not serve, no login can be completed.
"""

from __future__ import annotations

from collections.abc import Iterator
from logging import Logger, LoggerAdapter
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import get_browser_protocol, url_path_join

from ...protocol.text import quoted
from ...protocol.urls import is_loopback
from ..findings.finding import ERROR, WARNING, Check, Problem, check

_PORTS = {"http": 80, "https": 443}
_MOST_MISMATCHES = 20
"""The number of mismatches that are logged. The header Host comes from the browser, and may have any value."""

_REGISTER = "and register the same URL at the provider"


def hub_of(authenticator: Any) -> Any:
    """The `JupyterHub` application of an authenticator, or of its `MultiAuthenticator`; None without one."""
    parent = authenticator.parent
    while parent is not None and not hasattr(parent, "hub_prefix"):
        parent = parent.parent
    return parent


def known_callback_url(authenticator: Any) -> str:
    """What the configuration says about the callback URL: the option, else the Hub's public URL; else empty.

    Only scheme and host of the public URL are those of the callback URL.
    """
    return str(authenticator.oauth_callback_url or getattr(hub_of(authenticator), "public_url", ""))


def host_name(host: str) -> str:
    """A host name for comparisons: in lower case, in ASCII, and without the dot of a full name."""
    host = host[:255].lower().removesuffix(".")
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL, for comparisons."""
    parts = urlsplit(url)
    return parts.scheme, host_name(parts.hostname or ""), parts.port or _PORTS.get(parts.scheme, 0)


def url_of_hub(handler: BaseHandler, path: str) -> str:
    """The URL of a path below the Hub's base URL: at the Hub's public URL, else at the address of the request."""
    path = url_path_join(handler.hub.base_url, path)
    public_url = handler.settings.get("public_url")
    if public_url:
        return f"{public_url.scheme}://{public_url.netloc}{path}"
    return f"{get_browser_protocol(handler.request)}://{handler.request.host}{path}"


# --- at start-up -----------------------------------------------------------------------------------------------------


def _serves_other_paths(authenticator: Any) -> bool:
    """Whether a class of another package or of the operator decides about the callback's path."""
    for cls in type(authenticator).__mro__:
        if cls.__module__.startswith("oauthenticator_suite."):
            if cls.__name__ == "OAuthenticator":
                return False
        elif {"get_handlers", "get_callback_url", "paths"} & vars(cls).keys():
            return True
    return False


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)


def _served(authenticator: Any, hub: Any) -> str | None:
    """The path of the Hub that `oauth_callback_url` should have; None if it has one that the Hub serves.

    That is the served path with the same ending, if there is one, else that of `paths`.
    """
    path = _path(authenticator.oauth_callback_url)
    served = [str(url_path_join(hub.hub_prefix, paths.callback)) for paths in authenticator.all_paths]
    if path in map(unquote, served):
        return None
    ending = path.rstrip("/").rpartition("/")[2].lower()
    return next((each for each in served if each.lower().endswith(f"/{ending}")), served[0])


def _at(callback: SplitResult, path: str) -> str:
    return f"{callback.scheme}://{callback.netloc}{path}"


@check(
    "callback-path",
    ERROR,
    "`oauth_callback_url` leads to a path of the Hub that is not the callback: it has a slash at the end, lacks the "
    "`base_url`, or is the one of a Hub with another number of providers.",
    "Set it to the URL in the message, and register the same URL at the provider.",
)
def callback_leads_elsewhere(authenticator: Any) -> Iterator[Problem]:
    """Every login would end on a page that does not exist, or without the cookie of its attempt."""
    url, hub = authenticator.oauth_callback_url, hub_of(authenticator)
    if not url or hub is None or _serves_other_paths(authenticator):
        return
    parts = urlsplit(url)
    served = _served(authenticator, hub)
    if served is None:
        return
    ending = _path(url).rstrip("/").lower()
    ends_as_ours = any(ending.endswith(f"/{paths.callback}".lower()) for paths in authenticator.all_paths)
    public_url = getattr(hub, "public_url", "")
    if ends_as_ours or (public_url and origin_of(public_url) == origin_of(url)):
        yield Problem(
            "oauth_callback_url",
            f"is {quoted(url)}, and this Hub serves the callback at {served}",
            f"Set it to {_at(parts, served)}, {_REGISTER}",
        )


@check(
    "callback-form",
    ERROR,
    "`oauth_callback_url` has a fragment, or a user name in front of the host.",
    "Remove it, and register the same URL at the provider.",
)
def callback_is_no_redirect_uri(authenticator: Any) -> Iterator[Problem]:
    """RFC 6749 §3.1.2: a redirect URI has no fragment."""
    parts = urlsplit(authenticator.oauth_callback_url)
    if parts.fragment or "#" in authenticator.oauth_callback_url:
        yield Problem("oauth_callback_url", "has a fragment (#), which a redirect URI must not have")
    if "@" in parts.netloc:
        yield Problem("oauth_callback_url", "has a user name in front of the host")


@check(
    "callback-elsewhere",
    WARNING,
    "`oauth_callback_url` leads to a path that this Hub does not serve.",
    "Set it to the URL in the message, unless another server passes the callback on to the Hub.",
)
def callback_at_another_server(authenticator: Any) -> Iterator[Problem]:
    """Another server may redirect the browser to the Hub, with the query."""
    url, hub = authenticator.oauth_callback_url, hub_of(authenticator)
    if (
        not url
        or hub is None
        or _serves_other_paths(authenticator)
        or any(callback_leads_elsewhere.find(authenticator))
    ):
        return
    served = _served(authenticator, hub)
    if served is not None:
        yield Problem(
            "oauth_callback_url",
            f"is {quoted(url)}, and this Hub serves the callback at {served}",
            f"Set it to {_at(urlsplit(url), served)}, unless another server passes the callback on to the Hub",
        )


@check(
    "callback-host",
    WARNING,
    "`oauth_callback_url` has another scheme, host or port than `JupyterHub.public_url` (or `subdomain_host`).",
    "Make them equal, and register the same URL at the provider.",
)
def callback_at_another_host(authenticator: Any) -> Iterator[Problem]:
    """The cookies of a host are not sent to another one."""
    url, public_url = authenticator.oauth_callback_url, getattr(hub_of(authenticator), "public_url", "")
    if url and public_url and origin_of(url) != origin_of(public_url):
        yield Problem(
            "oauth_callback_url",
            f"is {quoted(url)}, and c.JupyterHub.public_url is {quoted(public_url)}: a login that begins at one cannot "
            "be completed at the other",
            f"Give both the same scheme, host and port, {_REGISTER}",
        )


@check(
    "cookies-not-secure",
    WARNING,
    "`oauth_callback_url` begins with `https:`, the Hub itself speaks http, and `JupyterHub.public_url` is not set: "
    "the Hub does not know that browsers use https, and its cookies do not have the attribute Secure.",
    "Set `JupyterHub.public_url`.",
)
def cookies_not_secure(authenticator: Any) -> Iterator[Problem]:
    """JupyterHub reads the scheme of the last proxy, which is its own, and that one receives http."""
    url, hub = authenticator.oauth_callback_url, hub_of(authenticator)
    if hub is None or not url.startswith("https:") or not hub.has_trait("public_url"):
        return
    if not hub.public_url and not hub.ssl_cert:
        public_url = _at(urlsplit(url), hub.base_url)
        yield Problem(
            "c.JupyterHub.public_url",
            "is not set, and the Hub itself speaks http: it does not know that browsers use https, and its cookies do "
            "not have the attribute Secure",
            f"Set c.JupyterHub.public_url = {public_url!r}",
        )


CALLBACK_CHECKS: tuple[Check, ...] = (
    callback_is_no_redirect_uri,
    callback_leads_elsewhere,
    callback_at_another_server,
    callback_at_another_host,
    cookies_not_secure,
)
"""The checks of the redirect URI, for every OAuth login."""


# --- at a login ------------------------------------------------------------------------------------------------------


class BrowserAddress:
    """Compares the redirect URI of a login with the address that the browser has. Each mismatch is logged once."""

    def __init__(self, section: str, log: Logger | LoggerAdapter[Any]) -> None:
        self._section = section
        self._log = log
        self._logged: set[tuple[str, str]] = set()

    def compare(self, handler: BaseHandler, callback_url: str, *, configured: bool) -> None:
        """Log a warning if a login that begins now cannot be completed at `callback_url`.

        Ports are not compared: cookies are not bound to them, and many proxies leave them out. A scheme counts only as
        far as it is known: a proxy that terminates TLS may not say so.

        Parameters
        ----------
        configured:
            Whether `oauth_callback_url` or `public_url` is set. If not, the URL was made from this request.
        """
        try:
            scheme, host, _ = origin_of(callback_url)
        except ValueError:  # made from the header Host of a malformed request
            return
        headers = handler.request.headers
        # a proxy that has lost the header Host sends an empty one
        given = (headers.get("X-Forwarded-Host") or handler.request.host).split(",")[0].strip()
        seen_host = host_name(_without_port(given))
        seen_scheme = get_browser_protocol(handler.request)
        # browsers send this header to https and to this machine only (Fetch Metadata, "potentially trustworthy URL")
        if "Sec-Fetch-Site" in headers and seen_host != "localhost" and not is_loopback(seen_host):
            seen_scheme = "https"
        knows_scheme = bool(handler.settings.get("public_url")) or seen_scheme == "https"
        if seen_host == host and (seen_scheme == scheme or (scheme == "https" and knows_scheme)):
            return
        seen = f"{seen_scheme}://{given}"
        if (seen, callback_url) in self._logged or len(self._logged) >= _MOST_MISMATCHES:
            return
        self._logged.add((seen, callback_url))
        if seen_host != host:
            reason = (
                "the cookie of the login stays at the first, so that the login cannot be completed. Redirect users to "
                "one host, correct oauth_callback_url or c.JupyterHub.public_url, or let the proxy pass the header Host"
            )
        elif configured:
            reason = (
                "a browser that uses http cannot complete the login. Redirect users to https; if they use it already, "
                "set c.JupyterHub.public_url, because the proxy in front of the Hub does not say so"
                if scheme == "https"
                else "authorization codes cross the network unencrypted. Change oauth_callback_url to https"
            )
        else:
            reason = "the redirect URI was made from the request, with the wrong scheme. Set c.JupyterHub.public_url"
        self._log.warning(
            "A browser begins a login at %s, and the redirect URI of %s is %s: %s. (Logged once.)",
            quoted(seen),
            self._section,
            quoted(callback_url),
            reason,
        )


def _without_port(host: str) -> str:
    """The host of a Host header, without the brackets of an IPv6 address."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
