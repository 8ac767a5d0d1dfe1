"""A login that another site starts: third-party initiated login (OpenID Connect Core 1.0 §4).

Such a request does what a link to the sign-in page does: it starts a login, with a new state that only this browser
has. Nothing in it is trusted. It names the issuer, which must be the configured one; a hint for the provider's page,
which the provider may ignore; and a page of the Hub, for which the rules of ``next`` hold.
"""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlsplit

from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import url_path_join
from tornado import web

from ...errors import AuthorizationResponseError
from ...protocol.form import FormError, decode_form
from ..web.next_url import safe_next_url
from ..web.pages import SignInHandler, guarded
from ..web.paths import Paths
from ..web.posted_form import PostedForm, UnreadableForm
from ..web.query import query_text, with_query
from .callback_url import origin_of, url_of_hub

LOGIN_HINT = "login_hint"
MAX_LOGIN_HINT = 320
"""Maximum length in characters: that of an e-mail address (RFC 3696, erratum 1690)."""

_MAX_FIELDS = 50


class InitiableAuthenticator(Protocol):
    """The part of `OAuthenticator` that is used here."""

    issuer: str
    initiate_login: bool
    paths: Paths


@web.stream_request_body
class InitiateLoginHandler(PostedForm, SignInHandler):
    """``GET`` and ``POST /hub/oauth_initiate?iss=``: redirect the browser to the start of a login.

    The request comes from another site, without the Hub's cookies or with them: they are not read. It changes nothing,
    so it needs no XSRF token.
    """

    _accept_cookie_auth = False
    _accept_token_auth = False

    @guarded
    async def get(self) -> None:
        """Respond with 303 to the start of a login, or with 400."""
        self._start(self.request.query)

    @guarded
    async def post(self) -> None:
        """As `get`, with the parameters in a form."""
        try:
            form = self.posted_form()
        except UnreadableForm as error:
            raise AuthorizationResponseError("invalid_request", f"initiated login: {error}") from None
        self._start(form)

    def _start(self, form: str) -> None:
        authenticator: InitiableAuthenticator = self.authenticator
        try:
            params = decode_form(form, max_fields=_MAX_FIELDS)
        except FormError as error:
            raise AuthorizationResponseError("invalid_request", f"initiated login: {error}") from None
        if params.get("iss") != authenticator.issuer:
            raise AuthorizationResponseError(
                "invalid_issuer", "initiated login: iss is missing, or is not exactly the configured issuer"
            )
        query = {"next": self._page(params.get("target_link_uri", ""))}
        hint = params.get(LOGIN_HINT, "")
        if is_usable_hint(hint):
            query[LOGIN_HINT] = hint
        path = url_path_join(self.hub.base_url, authenticator.paths.login)
        self.redirect(with_query(path, query), status=303)

    def _page(self, target: str) -> str:
        """The page of this Hub in ``target_link_uri``; empty for a page of another site, which is ignored."""
        try:
            is_elsewhere = bool(urlsplit(target).netloc) and origin_of(target) != origin_of(url_of_hub(self, "/"))
        except ValueError:
            return ""
        if is_elsewhere or "\\" in target:
            self.log.warning("An initiated login names a page of another site, which is ignored")
            return ""
        return safe_next_url(target)


def is_usable_hint(hint: str) -> bool:
    """Whether a hint may be sent to the provider: a short text without control characters."""
    return 0 < len(hint) <= MAX_LOGIN_HINT and hint.isprintable()


def with_login_hint(handler: BaseHandler, params: dict[str, str]) -> dict[str, str]:
    """Query parameters of the redirect to the provider, with the hint of an initiated login.

    A ``login_hint`` in the configuration takes precedence. Without `initiate_login` there is none.
    """
    authenticator: Any = handler.authenticator
    if not authenticator.initiate_login or LOGIN_HINT in params:
        return params
    hint = query_text(handler, LOGIN_HINT)
    return {**params, LOGIN_HINT: hint} if is_usable_hint(hint) else params
