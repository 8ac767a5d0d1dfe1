"""A cookie that tells which session a browser had last, so that the sign-in page can say why it has ended.

JupyterHub deletes its own cookie of an ended session at the browser's first request, which is seldom the one of the
sign-in page. This cookie stays until the reason has been shown, or the user has logged out. It holds a hash, gives no
access, and the Hub signs it.
"""

from __future__ import annotations

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from ..store.ended_sessions import hash_of_cookie
from ..web.cookies import browser_uses_https, put_cookie

SESSION_COOKIE = "suite-session"

_DAY = 24 * 3600


def note_session(handler: BaseHandler, user: User) -> None:
    """Set the cookie, in the response that signs the user in."""
    value = handler.create_signed_value(SESSION_COOKIE, bytes.fromhex(hash_of_cookie(user.cookie_id)))
    _put(handler, value.decode("ascii"))


def noted_session(handler: BaseHandler) -> str:
    """The hash of the Hub cookie of the browser's last session, in hexadecimal; empty if there was none."""
    days = handler.cookie_max_age_days
    return (handler.get_secure_cookie(SESSION_COOKIE, max_age_days=days) or b"").hex()


def forget_session(handler: BaseHandler) -> None:
    """Delete the cookie."""
    if handler.get_cookie(SESSION_COOKIE):
        _put(handler, "")


def _put(handler: BaseHandler, value: str) -> None:
    put_cookie(
        handler,
        SESSION_COOKIE,
        value,
        path=handler.hub.base_url,
        max_age=int(handler.cookie_max_age_days * _DAY),
        secure=browser_uses_https(handler),
    )
