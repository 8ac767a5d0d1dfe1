"""Validating endpoint URLs (RFC 6749 §3.1, §3.2; RFC 9700 §2.6), and adding parameters to their query."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from ..errors import ConfigurationError
from .addresses import NotAnAddress, literal_address
from .form import FormError, decode_form

_MAX_LENGTH = 2048
# Visible ASCII except the backslash, which browsers treat as a slash. urlsplit() silently drops tabs and newlines.
_CHARACTERS = re.compile(r"[!-\[\]-~]+")
_HOST = re.compile(r"([a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[(?P<v6>[0-9a-f:.]+)\])(:[0-9]{0,5})?", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class PlainHTTP(Enum):
    """Whether http URLs of other machines are accepted, over which secrets cross the network unencrypted.

    ``NEVER`` refuses them as ``REFUSED`` does, and no option changes that.
    """

    ALLOWED = "allowed"
    REFUSED = "refused"
    NEVER = "never"

    def why_refused(self, fix: str = "Use https") -> str:
        """The end of an error about such a URL. `fix` is what to do; the option is advised only where it can be set."""
        option = ", or set allow_insecure_http = True if the network itself is protected"
        return f"secrets would cross the network unencrypted. {fix}{option if self is PlainHTTP.REFUSED else ''}"


class URLError(ValueError):
    """A value is not an absolute http(s) URL that all parsers read alike. The message is safe to log."""


def split_url(url: object) -> SplitResult:
    """Return the parts of an absolute http or https URL.

    Raises
    ------
    URLError
        If `url` is anything else, or has user information or a fragment.
    """
    if not isinstance(url, str):
        raise URLError(f"is of type {type(url).__name__}, not a URL")
    if not url or len(url) > _MAX_LENGTH:
        raise URLError(f"has {len(url)} characters; a URL must have 1 to {_MAX_LENGTH}")
    if not _CHARACTERS.fullmatch(url):
        raise URLError("contains a character that is not allowed in URLs: white space, a backslash, or not ASCII")
    if "#" in url:
        raise URLError("has a fragment (#), which endpoints must not have")
    try:
        parts = urlsplit(url)
        # Accessing the port validates it.
        valid_port = parts.port != 0
        host = parts.hostname or ""
    except ValueError:
        valid_port, host = False, ""
    if not host or not valid_port or parts.scheme not in _DEFAULT_PORTS:
        raise URLError("is not an absolute http or https URL")
    if "@" in parts.netloc:
        raise URLError("has a username or password before the host")
    # Some releases of urlsplit() read "[::1].example" as the address alone.
    written = _HOST.fullmatch(parts.netloc)
    if not written or (written["v6"] and not _address(written["v6"])):
        raise URLError("has no valid host name (international names are written as xn--…)")
    try:
        literal_address(host)
    except NotAnAddress:
        pass
    else:
        return parts
    raise URLError("has an IPv4 address that is not written as four decimal numbers")


def check_endpoint(url: str, what: str, plain_http: PlainHTTP) -> None:
    """Check that `url` may be used as an endpoint: https, or http to the local machine.

    Parameters
    ----------
    url:
        The URL.
    what:
        The endpoint or option, as it is named in errors.
    plain_http:
        Whether http to other machines is accepted.

    Raises
    ------
    ConfigurationError
        If `url` is not an absolute http(s) URL; if it has user information or a fragment (RFC 6749 §3.1, §3.2); or if
        it is an http URL of another machine (RFC 9700 §2.6).
    """
    try:
        parts = split_url(url)
    except URLError as error:
        reason = str(error)
    else:
        check_scheme(parts, what, plain_http)
        return
    raise ConfigurationError(f"{what} {reason}")


def check_scheme(parts: SplitResult, what: str, plain_http: PlainHTTP) -> None:
    """Check the scheme of a URL, as part of `check_endpoint`."""
    host = parts.hostname or ""
    if parts.scheme == "https" or plain_http is PlainHTTP.ALLOWED or is_loopback(host):
        return
    raise ConfigurationError(f"{what} is a plain http URL of the host {host!r}: {plain_http.why_refused()}")


def is_plain_http(url: str) -> bool:
    """Whether what is sent to a URL crosses a network unencrypted: http, and not to this machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a host, as in `SplitResult.hostname`, is this machine: localhost, 127.0.0.0/8, ::1 (RFC 6761 §6.3)."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def origin(parts: SplitResult) -> tuple[str, str, int]:
    """Return the origin of a URL (RFC 6454 §4): scheme, host in lower case, and port or the scheme's default port."""
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]


def is_listed(parts: SplitResult, hosts: Collection[str]) -> bool:
    """Whether the host of a URL is among `hosts`, which are host names or ``host:port``, without regard to case.

    A name without a port stands for every port. ``[::1]`` and ``::1`` are the same.
    """
    _, host, port = origin(parts)
    written = f"[{host}]" if ":" in host else host
    return not {host, written, f"{written}:{port}"}.isdisjoint(name.strip().lower() for name in hosts)


def shown(parts: SplitResult) -> str:
    """Return a URL for an error's detail: without the query, and at most 200 characters."""
    text = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return text if len(text) <= 200 else text[:199] + "…"


def for_message(url: str) -> str:
    """Return a rejected URL for the message of an error, without what may be a secret, whatever is wrong with the URL.

    User information, the query and the fragment are replaced by ``***``. Where a ``?`` or ``#`` comes before an ``@``,
    it may be part of a password, and only the scheme is kept. At most 200 characters are returned.
    """
    scheme, separator, rest = url.rpartition("://") if url.count("://") == 1 else ("", "", url)
    end = min((rest.find(mark) for mark in "?#" if mark in rest), default=len(rest))
    kept, cut = rest[:end], rest[end:]
    if "@" in cut:
        kept, cut = "***", ""
    elif "@" in kept:
        kept = f"***@{kept.rpartition('@')[2]}"
    text = f"{scheme}{separator}{kept}{cut[:1]}{'***' if cut[1:] else ''}"
    return text if len(text) <= 200 else text[:199] + "…"


def add_query(url: str, parameters: Mapping[str, str | Sequence[str]], what: str) -> str:
    """Return `url` with `parameters` added to its query. The existing query is kept unchanged (RFC 6749 §3.1).

    A parameter with several values is added several times.

    Raises
    ------
    ConfigurationError
        If a parameter would occur twice or is not valid text. The detail names the URL by `what`.
    """
    try:
        present = decode_form(split_url(url).query, max_fields=100, keep_empty=True)
        # RFC 6749 appendix B encodes a space as "+". "%20" is equivalent, and more servers understand it.
        added = urlencode(parameters, doseq=True, quote_via=quote)
    except (URLError, FormError) as error:
        problem = f"{what} {error}" if isinstance(error, URLError) else f"{what}: in its query, {error}"
    except UnicodeEncodeError:
        problem = f"{what}: a parameter is not valid Unicode text"
    else:
        twice = sorted(present.keys() & parameters.keys())
        if not twice:
            glue = "" if not added or url.endswith(("?", "&")) else "&" if "?" in url else "?"
            return url + glue + added
        problem = f"{what}: its own query already has the parameter {', '.join(twice)}"
    raise ConfigurationError(problem)
