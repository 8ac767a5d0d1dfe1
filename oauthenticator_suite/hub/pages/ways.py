"""A way to sign in, as a button: its name, its URL and its picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jupyterhub.handlers import BaseHandler
from markupsafe import Markup

_ICONS = "components/@fortawesome/fontawesome-free/svgs"
"""The folder of Font Awesome's icons in JupyterHub's static files."""

_ICON_NAME = re.compile(r"(?:brands|solid|regular)/[a-z0-9-]+")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to sign in.

    Attributes
    ----------
    id:
        The provider's name in URLs, such as ``github``. A script remembers in the browser which was used last.
    name:
        The provider's name for users.
    url:
        Where the button leads; may be empty when the way is only named.
    svg:
        A picture as HTML, in the colour of the text; may be empty.
    logo_url:
        The URL of a picture; may be empty.
    hint:
        A second line, such as a domain; may be empty.
    """

    id: str
    name: str
    url: str = ""
    svg: str = ""
    logo_url: str = ""
    hint: str = ""

    @property
    def initial(self) -> str:
        """The letter that takes the place of a missing picture."""
        return self.name[:1].upper()


def way_of(handler: BaseHandler, provider: str, name: str, *, url: str = "", icon: str = "") -> Way:
    """A way to sign in.

    Parameters
    ----------
    handler:
        The handler of the page.
    provider, name, url:
        As in `Way`.
    icon:
        The style and name of an icon of Font Awesome that JupyterHub includes, such as ``brands/github``, or the URL of
        a picture, or an empty string.
    """
    if _ICON_NAME.fullmatch(icon):
        return Way(provider, name, url, svg=_icon(str(handler.settings.get("static_path", "")), icon))
    return Way(provider, name, url, logo_url=icon)


@lru_cache(maxsize=64)
def _icon(static_path: str, icon: str) -> Markup:
    """The SVG of an icon; empty if this JupyterHub does not include it."""
    try:
        svg = (Path(static_path) / _ICONS / f"{icon}.svg").read_text(encoding="utf-8")
    except OSError:
        return Markup()
    return Markup(_COMMENT.sub("", svg).replace("<svg ", '<svg focusable="false" ', 1))  # noqa: S704 - of JupyterHub
