"""Which URLs may be endpoints (RFC 6749 §3.1, §3.2; RFC 9700 §2.6), and how parameters get into their query."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from ..errors import ConfigurationError
from .form import FormError, decode_form

_MAX_LENGTH = 2048
# Visible ASCII without the backslash, which browsers read as a slash. urlsplit() would drop tabs and line ends unseen.
_CHARACTERS = re.compile(r"[!-\[\]-~]+")
_HOST = re.compile(r"([a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[(?P<v6>[0-9a-f:.]+)\])(:[0-9]{0,5})?", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class URLError(ValueError):
    """A URL is no absolute http(s) URL in the one form that all readers understand alike. The message is safe."""


def split_url(url: object) -> SplitResult:
    """The parts of an absolute http or https URL without user information and fragment; URLError for all else."""
    if not isinstance(url, str):
        raise URLError(f"is of type {type(url).__name__}, not a URL")
    if not url or len(url) > _MAX_LENGTH:
        raise URLError(f"is {len(url)} characters long; a URL has 1 to {_MAX_LENGTH}")
    if not _CHARACTERS.fullmatch(url):
        raise URLError("has characters that no URL has: whitespace, a backslash, or something outside of ASCII")
    if "#" in url:
        raise URLError("has a fragment (#), which endpoints must not have")
    try:
        parts = urlsplit(url)
        # Reading the port checks it.
        valid_port = parts.port != 0
        host = parts.hostname or ""
    except ValueError:
        valid_port, host = False, ""
    if not host or not valid_port or parts.scheme not in _DEFAULT_PORTS:
        raise URLError("is not an absolute http or https URL")
    if "@" in parts.netloc:
        raise URLError("has a user name or password before its host")
    # Some releases of urlsplit() take "[::1].example" for the address alone.
    written = _HOST.fullmatch(parts.netloc)
    if not written or (written["v6"] and not _address(written["v6"])):
        raise URLError("has no valid host name (international names are written as xn--…)")
    return parts


def check_endpoint(url: str, what: str, *, allow_http: bool) -> None:
    """Accept https, and http to this very machine; with `allow_http`, http to anywhere.

    `what` names the endpoint or the option in the error.

    Raises
    ------
    ConfigurationError
        No absolute http(s) URL; user information or a fragment in it (RFC 6749 §3.1, §3.2); or plain http to another
        machine (RFC 9700 §2.6).
    """
    try:
        parts = split_url(url)
    except URLError as error:
        reason = str(error)
    else:
        check_scheme(parts, what, allow_http=allow_http)
        return
    raise ConfigurationError(f"{what} {reason}")


def check_scheme(parts: SplitResult, what: str, *, allow_http: bool) -> None:
    """The part of `check_endpoint` that looks at the scheme."""
    host = parts.hostname or ""
    if parts.scheme == "https" or allow_http or is_loopback(host):
        return
    raise ConfigurationError(
        f"{what} is a plain http URL of the host {host!r}: secrets would cross the network unprotected. Use https, "
        "or set allow_insecure_http = True where the network itself is protected"
    )


def is_loopback(host: str) -> bool:
    """Whether a host, as a URL's `hostname` gives it, is this machine: localhost, 127.0.0.0/8, ::1 (RFC 6761 §6.3)."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def origin(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host in lower case, and port with the scheme's default filled in (RFC 6454 §4)."""
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]


def shown(parts: SplitResult) -> str:
    """A URL for an error's detail: without its query, and not endless."""
    text = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return text if len(text) <= 200 else text[:199] + "…"


def add_query(url: str, parameters: Mapping[str, str], what: str) -> str:
    """`url` with `parameters` behind the query that it has, which stays as it is (RFC 6749 §3.1).

    Raises
    ------
    ConfigurationError
        A parameter would be there twice, or is no text; `what` names the URL.
    """
    try:
        present = decode_form(split_url(url).query, max_fields=100, keep_empty=True)
        # RFC 6749 appendix B has a space become "+"; "%20" means the same, and to more servers.
        added = urlencode(parameters, quote_via=quote, safe="")
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
