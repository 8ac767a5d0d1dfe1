"""What a provider's response to an authorization request says without a user.

A provider checks the client, the redirect URI and often the scopes before it asks the user anything. RFC 6749 §4.1.2.1
has it show an error page if the first two are wrong, and redirect with ``error`` for anything else. The texts of error
pages are those of the providers' own documentation and sources.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

from ....protocol.authorization import reported_error
from ....protocol.messages import Request, Response
from ....protocol.strict_json import members_of
from ....protocol.text import for_log

Kind = Literal["accepted", "no objection", "refused", "unknown"]

ACCEPTS: Kind = "accepted"
"""The provider redirected to the redirect URI without an objection: it knows the client and the redirect URI."""

NO_OBJECTION: Kind = "no objection"
"""The provider began a login. It may object later, when it knows the user."""

REFUSES: Kind = "refused"
"""The provider named what is wrong."""

SAYS_NOTHING: Kind = "unknown"
"""The response says neither."""


class PageReading(NamedTuple):
    """What a response says.

    Attributes
    ----------
    kind:
        One of the four constants.
    detail:
        What was received, for the operator.
    code:
        The error code, if the provider sent one.
    option:
        The option that is wrong, as far as the error says.
    """

    kind: Kind
    detail: str
    code: str = ""
    option: str = ""


_LABEL = "authorization request"
_USER_NEEDED = frozenset(
    {
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
        "immediate_failed",  # Google, for some clients
    }
)
_SAYING_NOTHING = frozenset({"access_denied", "server_error", "temporarily_unavailable"})
_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_TEXT = 200_000
_TAGS = re.compile(r"<[^<>]{0,2000}>")
_CODE_BEGINS = re.compile(r"<(?:script|style)\b", re.IGNORECASE)
_CODE_ENDS = re.compile(r"</(?:script|style)\s*>", re.IGNORECASE)
_ENTRA = re.compile(r"\bAADSTS(\d{5,7}):")

_CALLBACK, _CLIENT, _SCOPE = "oauth_callback_url", "client_id", "scope"

_PAGES: tuple[tuple[str, str], ...] = (
    (r"redirect_uri_mismatch|invalid_redirect_uri", _CALLBACK),
    (r"Invalid parameter: redirect_uri", _CALLBACK),  # Keycloak
    (r"redirect[ _]ur[il] (included |provided )?(is not (valid|registered|allowed)|is invalid)", _CALLBACK),
    (r"redirect[ _]ur[il] (was invalid|does not match)", _CALLBACK),
    (r"(mismatching|invalid|mismatched|unregistered) redirect[ _]ur[il]", _CALLBACK),
    (r"callback url mismatch", _CALLBACK),  # Auth0
    (r"'redirect_uri' parameter must be a Login redirect URI", _CALLBACK),  # Okta
    (r"did not match any of the client's registered redirect_uris", _CALLBACK),
    (r"invalid_client|unauthorized_client|client not found|unknown client|unknown or invalid client", _CLIENT),
    (r"invalid (parameter: )?client_id|no such client|unregistered client", _CLIENT),
    (r"invalid_scope|invalid scopes?\b", _SCOPE),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), option) for pattern, option in _PAGES)
_CODES = {
    "redirect_uri_mismatch": _CALLBACK,
    "invalid_redirect_uri": _CALLBACK,
    "invalid_client": _CLIENT,
    "unauthorized_client": _CLIENT,
    "application_suspended": _CLIENT,
    "invalid_scope": _SCOPE,
    "invalid_target": "resources",  # RFC 8707 §2
}
_ENTRA_CODES = {"50011": _CALLBACK, "700016": _CLIENT, "70011": _SCOPE, "650053": _SCOPE, "90002": "tenant_id"}


async def follow(
    url: str, redirect_uri: str, send: Callable[[Request], Awaitable[Response]], redirects: int
) -> PageReading:
    """Send an authorization request as a browser without cookies would, and read the response.

    Parameters
    ----------
    url:
        The URL of the request.
    redirect_uri:
        The redirect URI in the request. No request is sent there.
    redirects:
        The number of redirects within the provider's host that are followed.

    Raises
    ------
    TransportError
        When there is no response.
    """
    home = _site(url)
    left = redirects
    while True:
        response = await send(Request("GET", url, _LABEL, {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}))
        target = location_of(response, url)
        if not target:
            verdict = verdict_of_page(response)
            if verdict.kind == SAYS_NOTHING and left < redirects:  # the page after a redirect may need a cookie
                return PageReading(NO_OBJECTION, f"it redirects to its own page {_shown(url)}")
            return verdict
        answer = verdict_of_redirect(target, redirect_uri)
        if answer is not None:
            return answer
        if _site(target) != home:
            return PageReading(NO_OBJECTION, f"it redirects to {_shown(target)}")
        if not left:
            return PageReading(NO_OBJECTION, f"it redirects to its own page {_shown(target)}")
        url, left = target, left - 1


def location_of(response: Response, url: str) -> str:
    """The URL to which a response redirects; empty if it does not, or to no URL. An error in the fragment is kept."""
    location = response.headers.get("location", "")
    if response.status not in _REDIRECTS or not location.isascii() or not location.isprintable():
        return ""
    try:
        target, _, fragment = urljoin(url, location.strip()).partition("#")
    except ValueError:
        return ""
    return f"{target}{'&' if '?' in target else '?'}{fragment}" if "error=" in fragment else target


def verdict_of_redirect(target: str, redirect_uri: str) -> PageReading | None:
    """What a redirect to `target` says; None for one to another page of the provider without an error."""
    try:
        parts = urlsplit(target)
        params = dict(parse_qsl(parts.query, max_num_fields=100, errors="replace"))
    except ValueError:
        return PageReading(SAYS_NOTHING, "it redirects to a malformed URL")
    error = params.get("error", "")
    if _is(target, redirect_uri):
        if error in _USER_NEEDED:
            return PageReading(ACCEPTS, f"it answers {error} at the redirect URI, because no user is signed in", error)
        if error in _SAYING_NOTHING:
            return PageReading(SAYS_NOTHING, f"it answers {reported_error(params)}", error)
        if error:
            return PageReading(REFUSES, f"it answers {reported_error(params)}", error, _CODES.get(error, ""))
        if params.get("code"):
            return PageReading(ACCEPTS, "it answers at the redirect URI")
        return PageReading(SAYS_NOTHING, "it redirects to the redirect URI, with neither a code nor an error")
    if error in _CODES:  # GitHub redirects to the registered callback URL
        return PageReading(REFUSES, f"it answers {reported_error(params)}, at {_shown(target)}", error, _CODES[error])
    if "authError" in params:  # Google's error page
        text = _decoded(params["authError"])
        return _known_error(text) or PageReading(REFUSES, f"it redirects to its error page: {for_log(text)}")
    return None


def verdict_of_page(response: Response) -> PageReading:
    """What a response with another status than a redirect says."""
    text = response.body[:_MAX_TEXT].decode("utf-8", "replace")
    if found := _ENTRA.search(text):
        code = found[1]
        sentence = for_log(text[found.start() : found.start() + 300].partition('"')[0].partition("Trace ID")[0])
        return PageReading(REFUSES, f"it answers {sentence}", f"AADSTS{code}", _ENTRA_CODES.get(code, ""))
    if response.status < 300:
        if response.media_type in ("text/html", "application/xhtml+xml"):
            return PageReading(NO_OBJECTION, "it shows a page")
        return PageReading(SAYS_NOTHING, f"it answers HTTP {response.status} without a page")
    known = _json_error(response) or _known_error(_words_of(text))
    if known is not None and response.status < 500:
        return known._replace(detail=f"{known.detail} (HTTP {response.status})")
    reason = f"it answers HTTP {response.status}"
    if response.status == 404:
        reason += ": the URL may be wrong, or it does not know the client"
    return PageReading(SAYS_NOTHING, reason)


def _words_of(page: str) -> str:
    """The text of a page without scripts, styles and tags, in linear time."""
    parts = (_CODE_BEGINS.split(part, maxsplit=1)[0] for part in _CODE_ENDS.split(page))
    return _TAGS.sub(" ", " ".join(parts))


def _json_error(response: Response) -> PageReading | None:
    if not response.is_json:
        return None
    params = {name: value for name, value in members_of(response.body).items() if isinstance(value, str)}
    if not params.get("error"):  # the text is searched then
        return None
    words = f"{params['error']} {params.get('error_description', '')}"
    known = _known_error(words)
    option = known.option if known is not None else ""
    return PageReading(REFUSES, f"it answers {reported_error(params)}", for_log(params["error"], 64), option)


def _known_error(text: str) -> PageReading | None:
    """The refusal that a text names by words that no login page has."""
    for pattern, option in _PATTERNS:
        if found := pattern.search(text):
            around = text[max(found.start() - 60, 0) : found.end() + 100]
            return PageReading(REFUSES, f"it answers: {for_log(around)}", found[0].lower(), option)
    return None


def _decoded(text: str) -> str:
    """The readable parts of a value in base64, which holds more than text."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return ""
    return " ".join(re.findall(r"[ -~]{4,}", data.decode("utf-8", "replace")))


def _is(url: str, redirect_uri: str) -> bool:
    parts, wanted = urlsplit(url), urlsplit(redirect_uri)
    return (parts.scheme, parts.netloc, parts.path) == (wanted.scheme, wanted.netloc, wanted.path)


def _site(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return for_log(f"{parts.scheme}://{parts.netloc}{parts.path}")
