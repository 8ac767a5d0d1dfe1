"""The form for name and password, as HTML: alone on its page, or one of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub.auth import Authenticator
from tornado.httputil import url_concat

from .pages import SIGN_IN_FORM, SignInHandler


def sign_in_form(
    handler: SignInHandler,
    authenticator: Authenticator,
    *,
    next_url: str = "",
    error: str | None = None,
    username: str | None = None,
    prefix: str = "",
    name: str | None = None,
) -> str:
    """The form of `authenticator`, for the page that `handler` answers with.

    Parameters
    ----------
    next_url:
        Where to go afterwards: a path of this hub, or empty.
    error:
        Why the form is shown once more.
    username:
        What was typed before.
    prefix:
        Of the ids, where a page has several forms.
    name:
        What the login is called on a page that has other ways to sign in; None when it is alone.
    """
    names: Mapping[str, Any] = {
        **handler.template_namespace,
        "action": url_concat(authenticator.login_url(handler.hub.base_url), {"next": next_url} if next_url else {}),
        "xsrf": handler.xsrf_token.decode("ascii"),
        "username": username,
        "error": error,
        "login_service": authenticator.login_service if name is None else name,
        "otp_prompt": authenticator.otp_prompt if authenticator.request_otp else None,
        "prefix": prefix,
        "one_of_several": name is not None,
        "other_ways_url": handler.other_ways_url() if name is None else "",
    }
    return str(handler.get_template(SIGN_IN_FORM, sync=True).render(**names))
