"""Setting the cookies that this package adds to JupyterHub's."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler

HOST_PREFIX = "__Host-"
"""Browsers accept a cookie with this prefix only from its own host, over HTTPS, for all paths. RFC 6265bis §4.1.3.2."""


def put_cookie(handler: BaseHandler, name: str, value: str, *, path: str, max_age: int, secure: bool) -> None:
    """Set a cookie that scripts cannot read; with an empty `value`, delete it.

    Parameters
    ----------
    handler:
        The handler whose response sets the cookie.
    name, value:
        The cookie. A name with `HOST_PREFIX` overrides `path` and `secure`.
    path:
        The path below which browsers send it.
    max_age:
        Its lifetime, in seconds.
    secure:
        Whether browsers send it over HTTPS only.
    """
    options: dict[str, Any] = {"samesite": "Lax"} if value else {}
    # The operator's cookie_options apply to this cookie too, for example SameSite=None for a Hub in a frame.
    options.update({key.lower(): option for key, option in handler.settings.get("cookie_options", {}).items()})
    options.update(path=path, max_age=max_age if value else -1)
    options.pop("expires", None)
    options.pop("expires_days", None)
    if value:
        options["httponly"] = True
    if secure:
        options["secure"] = True
    if name.startswith(HOST_PREFIX):
        options.update(secure=True, path="/")
        options.pop("domain", None)
    handler.set_cookie(name, value, **options)


def browser_uses_https(handler: BaseHandler) -> bool:
    """Whether the browser reaches the Hub over HTTPS: by `public_url`, else by the request, as in JupyterHub."""
    public_url = handler.settings.get("public_url")
    return bool((public_url.scheme if public_url else handler.request.protocol) == "https")
