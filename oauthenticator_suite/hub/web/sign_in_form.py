"""The HTML form for username and password: alone on its page, or one of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub.auth import Authenticator

from ..pages.template_files import SIGN_IN_FORM
from .pages import SignInHandler
from .query import with_query


def sign_in_form(
    handler: SignInHandler,
    authenticator: Authenticator,
    *,
    next_url: str = "",
    error: str | None = None,
    wait: int = 0,
    username: str | None = None,
    prefix: str = "",
    name: str | None = None,
) -> str:
    """Render the form of `authenticator` as HTML.

    Parameters
    ----------
    handler:
        The handler of the page that contains the form.
    authenticator:
        The authenticator that checks the password.
    next_url:
        The path of this Hub to open after the login; empty for the default.
    error:
        The sentence to show, if the form is shown again after an error.
    wait:
        How long the user must wait before the next try, in seconds.
    username:
        The username that the user entered before.
    prefix:
        Prefix of the HTML ids, for a page with several forms.
    name:
        The name of the login on a page with several; None if the form is alone.
    """
    names: Mapping[str, Any] = {
        **handler.template_namespace,
        "action": with_query(authenticator.login_url(handler.hub.base_url), {"next": next_url}),
        "xsrf": handler.xsrf_token.decode("ascii"),
        "username": username,
        "error": error,
        "wait_seconds": wait,
        "wait_text": f"{wait // 60}:{wait % 60:02}",
        "login_service": authenticator.login_service if name is None else name,
        "otp_prompt": authenticator.otp_prompt if authenticator.request_otp else None,
        "prefix": prefix,
        "one_of_several": name is not None,
        "other_ways_url": handler.other_ways_url() if name is None else "",
    }
    return str(handler.get_template(SIGN_IN_FORM, sync=True).render(**names))
