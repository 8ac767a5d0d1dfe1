"""The result of a request whose URL must not stay in the address bar, kept by the browser for the page that shows it.

The URL of a callback contains the code and the state. So a callback always responds with a redirect. Its result is in a
sealed cookie that is sent to the page of that result only: the page is the same when it is reloaded, other browsers
cannot read it, and several tabs have a page each.
"""

from __future__ import annotations

import json
import time
import zlib
from dataclasses import asdict, dataclass, replace

from jupyterhub.handlers import BaseHandler
from tornado import web
from tornado.httputil import url_concat

from ...errors import AccessDenied, SuiteError
from .cookies import browser_uses_https, put_cookie
from .sealed import Sealer

RESULT_LIFETIME = 600
"""For how many seconds the page of a result can be reloaded."""

MAX_RESULT_BYTES = 600
"""Maximum length of the cookie, with its name. A longer sentence is cut."""

REFERENCE = "[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}"
"""A regular expression for the references of `pages.new_reference`."""

FAILED_LOGIN = "error"
"""The page of a failed login."""

FAILED_HOOK = "hub error"
"""JupyterHub's own error page, for a `tornado.web.HTTPError` of a hook or an override."""

ACCOUNT_QUESTION = "question"
"""The page that asks whether to continue with another account than the one that is signed in."""

_COOKIE = "oauth-result"
_PURPOSE = "results of sign-ins, version 1"
_MAX_USERNAME = 100


@dataclass(frozen=True, slots=True)
class Result:
    """What the page of a result shows.

    Attributes
    ----------
    kind:
        `FAILED_LOGIN`, `FAILED_HOOK` or `ACCOUNT_QUESTION`.
    status:
        The page's HTTP status.
    sentence:
        The sentence for the user; None for the authenticator's `custom_403_message`.
    reason, html:
        The reason phrase of an HTTP error and its ``jupyterhub_html_message``; may be empty.
    username:
        The user who is not allowed, or whom the question is about.
    denied:
        Whether the user is known and not allowed.
    retry:
        Whether the page offers to start the login again.
    retry_after:
        The value of the header ``Retry-After``, in seconds.
    issued_at:
        In seconds since the epoch.
    """

    kind: str
    status: int
    sentence: str | None = None
    reason: str = ""
    html: str = ""
    username: str | None = None
    denied: bool = False
    retry: bool = True
    retry_after: int | None = None
    issued_at: int = 0

    @classmethod
    def of(cls, error: SuiteError, custom_message: str) -> Result:
        """The result that shows `error`. `custom_message` is the authenticator's `custom_403_message`."""
        retry_after = getattr(error, "retry_after", None)
        return cls(
            FAILED_LOGIN,
            error.status,
            None if error.public_message == custom_message else error.public_message,
            username=getattr(error, "username", None),
            denied=isinstance(error, AccessDenied),
            retry=error.retry,
            retry_after=None if retry_after is None else int(retry_after),
        )

    @classmethod
    def of_http_error(cls, error: web.HTTPError) -> Result:
        """The result that shows JupyterHub's page for `error`."""
        message = (error.log_message or "") % error.args if error.args else error.log_message or ""
        return cls(
            FAILED_HOOK,
            error.status_code,
            getattr(error, "jupyterhub_message", message),
            reason=error.reason or "",
            html=getattr(error, "jupyterhub_html_message", ""),
        )

    def as_error(self, reference: str, custom_message: str) -> SuiteError:
        """The error that the page shows."""
        sentence = custom_message if self.sentence is None else self.sentence
        error = SuiteError(public_message=sentence)
        if self.denied:
            error = AccessDenied("", public_message=sentence, username=self.username)
        error.status, error.reference, error.retry = self.status, reference, self.retry
        if self.retry_after is not None:
            error.retry_after = self.retry_after  # type: ignore[attr-defined]
        return error

    def as_http_error(self) -> web.HTTPError:
        """The HTTP error that JupyterHub's page shows."""
        error = web.HTTPError(self.status, self.sentence or None, reason=self.reason or None)
        error.jupyterhub_html_message = self.html  # type: ignore[attr-defined]
        return error

    def _sealed(self, sealer: Sealer, reference: str) -> str:
        data = json.dumps(list(asdict(self).values()), ensure_ascii=False, separators=(",", ":"))
        return sealer.seal(zlib.compress(data.encode("utf-8", "replace"), 9), reference)


def redirect_to_result(handler: BaseHandler, path: str, reference: str, result: Result, next_url: str = "") -> None:
    """Respond with 303 to the page of `result`.

    Parameters
    ----------
    handler:
        The handler of the request that has this result.
    path:
        The path of the pages of results, without the reference.
    reference:
        The reference of the result, which is in the URL of its page.
    result:
        The result.
    next_url:
        The page of this Hub that the user wanted; may be empty.
    """
    sealer = Sealer.of(handler, _PURPOSE)
    username = result.username and result.username[:_MAX_USERNAME]
    result = replace(result, username=username, issued_at=int(time.time()))
    while len(sealed := result._sealed(sealer, reference)) + len(_COOKIE) + 1 > MAX_RESULT_BYTES and result.sentence:
        result = replace(result, html="", sentence=f"{result.sentence[: len(result.sentence) * 7 // 8]}…")
    url = f"{path}/{reference}"
    put_cookie(handler, _COOKIE, sealed, path=url, max_age=RESULT_LIFETIME, secure=browser_uses_https(handler))
    handler.redirect(url_concat(url, {"next": next_url} if next_url else {}), status=303)


def result_of_page(handler: BaseHandler, reference: str) -> Result | None:
    """The result with this reference, if this browser has it and it is not too old."""
    data = Sealer.of(handler, _PURPOSE).open(handler.get_cookie(_COOKIE, ""), reference)
    if data is None:
        return None
    result = Result(*json.loads(zlib.decompress(data)))
    return result if 0 <= time.time() - result.issued_at + 1 <= RESULT_LIFETIME else None
