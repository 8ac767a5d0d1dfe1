"""WebFinger (RFC 7033): the issuer at which a user signs in, found from an identifier (OpenID Connect Discovery §2).

The identifier comes from a person, and the answer from that person's host. So an issuer that is found here may be
printed, or compared with a configured one. WebFinger alone never sends a login to an issuer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ..errors import ConfigurationError, InvalidResponse
from .messages import Request, Response, refuse_outage
from .strict_json import loads_object
from .text import quoted
from .urls import URLError, is_loopback, is_plain_http, origin, split_url

ISSUER_RELATION = "http://openid.net/specs/connect/1.0/issuer"

_LABEL = "WebFinger request"
_SCHEME = re.compile(r"(acct|https?):", re.IGNORECASE)
_ACCOUNT = re.compile(r"[!-~]+@(?P<authority>[^@/?#]+)")
_HAS_PLACE = re.compile(r"[/?#]|:[0-9]+$")
_MAX_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class Identifier:
    """A normalized identifier.

    Attributes
    ----------
    resource:
        The value of the parameter ``resource``: an ``acct:`` URI or a URL.
    origin:
        The scheme and the host that are asked, such as ``https://example.org``.
    """

    resource: str
    origin: str

    @property
    def host(self) -> str:
        """The host that is asked, without a port."""
        return split_url(self.origin).hostname or ""


def normalize(text: str) -> Identifier:
    """Normalize an identifier that a person has typed (OpenID Connect Discovery §2.1.2).

    ``ada@example.org`` is an account, ``example.org/ada`` a URL. Hosts of the local machine are asked by http.

    Raises
    ------
    ConfigurationError
        If it is neither an account nor a URL.
    """
    text = text.strip()
    problem = "is not an e-mail address, an acct: URI or a URL"
    if not text or len(text) > _MAX_LENGTH:
        problem = f"has {len(text)} characters; an identifier has 1 to {_MAX_LENGTH}"
    elif "://" in text and not _SCHEME.match(text):
        problem = "has another scheme than https"
    elif text[0] in "=@!+":
        problem = "is an XRI, which WebFinger does not resolve"
    else:
        scheme = _SCHEME.match(text)
        is_account = scheme[1].lower() == "acct" if scheme else "@" in text and not _HAS_PLACE.search(text)
        try:
            return _account(text[len(scheme[0]) :] if scheme else text) if is_account else _url(text, bool(scheme))
        except URLError as error:
            problem = str(error)
    raise ConfigurationError(f"the identifier {quoted(text, 80)} {problem}")


def _account(text: str) -> Identifier:
    found = _ACCOUNT.fullmatch(text)
    if found is None:
        raise URLError("is not an account: user@host")
    return Identifier(f"acct:{text}", _origin(f"https://{found['authority']}"))


def _url(text: str, has_scheme: bool) -> Identifier:
    url = (text if has_scheme else f"https://{text}").partition("#")[0]
    parts = split_url(url)
    if is_plain_http(url):
        raise URLError("is a plain http URL")
    typed = f"{parts.scheme}://{parts.netloc.lower()}"
    return Identifier(url if parts.path else f"{url}/", typed if has_scheme else _origin(typed))


def _origin(url: str) -> str:
    """The origin for a host that was typed without a scheme: a demo on this machine has http."""
    parts = split_url(url)
    scheme = "http" if is_loopback(origin(parts)[1]) else parts.scheme
    return f"{scheme}://{parts.netloc.lower()}"


def webfinger_request(identifier: Identifier) -> Request:
    """Build the request for the issuer of an identifier (RFC 7033 §4.1). The operator has typed the host."""
    query = urlencode({"resource": identifier.resource, "rel": ISSUER_RELATION})
    url = f"{identifier.origin}/.well-known/webfinger?{query}"
    return Request("GET", url, _LABEL, {"Accept": "application/jrd+json, application/json"}, configured=True)


def process_webfinger_response(response: Response) -> str:
    """Return the issuer in the response to `webfinger_request`.

    Raises
    ------
    ConfigurationError
        If the host does not know the identifier, names no issuer, or an issuer that is not https.
    InvalidResponse
        If the response is not a JSON Resource Descriptor.
    ProviderUnreachable, ProviderBusy
        See `refuse_outage`.
    """
    refuse_outage(response, _LABEL)
    if response.status >= 400:
        raise ConfigurationError(f"{_LABEL}: HTTP {response.status}: the host knows no issuer for this identifier")
    if response.media_type not in ("application/jrd+json", "application/json"):
        raise InvalidResponse(f"{_LABEL}: the media type of the response is not application/jrd+json")
    links = loads_object(response.body, label=_LABEL).get("links", [])
    if not isinstance(links, list) or not all(isinstance(link, dict) for link in links):
        raise InvalidResponse(f"{_LABEL}: the member links is not a list of objects")
    found = [link.get("href") for link in links if link.get("rel") == ISSUER_RELATION]
    if not found:
        raise ConfigurationError(f"{_LABEL}: the host names no OpenID issuer for this identifier")
    return _checked_issuer(found[0])


def _checked_issuer(value: Any) -> str:
    try:
        parts = split_url(value)
    except URLError as error:
        raise InvalidResponse(f"{_LABEL}: the issuer {error}") from None
    if parts.query:
        raise InvalidResponse(f"{_LABEL}: the issuer has a query")
    if is_plain_http(value):
        raise ConfigurationError(f"{_LABEL}: the issuer is a plain http URL")
    return str(value)
