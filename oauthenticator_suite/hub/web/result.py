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

from ...errors import SuiteError
from ..pages.failure import Failure
from .cookies import browser_uses_https, put_cookie
from .query import with_query
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
"""The page that asks whether to continue with another account than the signed-in one."""

_COOKIE = "oauth-result"
_PURPOSE = "results of sign-ins, version 2"
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
    failure:
        What happened, for `FAILED_LOGIN`.
    sentence, reason, html:
        The sentence, the reason phrase and the ``jupyterhub_html_message``, for `FAILED_HOOK`; may be empty.
    username:
        The user of the question, for `ACCOUNT_QUESTION`.
    issued_at:
        In seconds since the epoch.
    """

    kind: str
    status: int
    failure: Failure | None = None
    sentence: str = ""
    reason: str = ""
    html: str = ""
    username: str = ""
    issued_at: int = 0

    @classmethod
    def of(cls, error: SuiteError) -> Result:
        """The result that shows `error`."""
        return cls(FAILED_LOGIN, error.status, Failure.of(error))

    @classmethod
    def of_http_error(cls, error: web.HTTPError) -> Result:
        """The result that shows JupyterHub's page for `error`."""
        message = (error.log_message or "") % error.args if error.args else error.log_message or ""
        return cls(
            FAILED_HOOK,
            error.status_code,
            sentence=getattr(error, "jupyterhub_message", message),
            reason=error.reason or "",
            html=getattr(error, "jupyterhub_html_message", ""),
        )

    def as_http_error(self) -> web.HTTPError:
        """The HTTP error that JupyterHub's page shows."""
        error = web.HTTPError(self.status, self.sentence or None, reason=self.reason or None)
        error.jupyterhub_html_message = self.html  # type: ignore[attr-defined]
        return error

    def _sealed(self, sealer: Sealer, reference: str) -> str:
        failure = list(asdict(self.failure).values()) if self.failure else None
        fields = [self.kind, self.status, failure, self.sentence, self.reason, self.html, self.username, self.issued_at]
        data = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        return sealer.seal(zlib.compress(data.encode("utf-8", "replace"), 9), reference)

    def _shorter(self) -> Result:
        """The same result with less text; the result itself if it has none left."""
        if self.failure and self.failure.sentence:
            return replace(self, failure=replace(self.failure, sentence=_cut(self.failure.sentence)))
        return replace(self, html="", sentence=_cut(self.sentence)) if self.sentence else self


def _cut(text: str) -> str:
    return f"{text[: len(text) * 7 // 8]}…" if len(text) > 1 else ""


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
    failure = result.failure and replace(result.failure, username=result.failure.username[:_MAX_USERNAME])
    username = result.username[:_MAX_USERNAME]
    result = replace(result, failure=failure, username=username, issued_at=int(time.time()))
    while len(sealed := result._sealed(sealer, reference)) + len(_COOKIE) + 1 > MAX_RESULT_BYTES:
        if (shorter := result._shorter()) == result:
            break
        result = shorter
    url = f"{path}/{reference}"
    put_cookie(handler, _COOKIE, sealed, path=url, max_age=RESULT_LIFETIME, secure=browser_uses_https(handler))
    handler.redirect(with_query(url, {"next": next_url}), status=303)


def result_of_page(handler: BaseHandler, reference: str) -> Result | None:
    """The result with this reference, if this browser has it and it is not too old."""
    data = Sealer.of(handler, _PURPOSE).open(handler.get_cookie(_COOKIE, ""), reference)
    if data is None:
        return None
    kind, status, failure, *texts = json.loads(zlib.decompress(data))
    result = Result(kind, status, Failure(*failure) if failure else None, *texts)
    return result if 0 <= time.time() - result.issued_at + 1 <= RESULT_LIFETIME else None
