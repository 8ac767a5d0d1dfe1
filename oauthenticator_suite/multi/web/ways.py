"""The ways to sign in of the children, as buttons and names on pages."""

from __future__ import annotations

from jupyterhub.handlers import BaseHandler

from ...hub.pages.ways import Way, way_of
from .parent import Parent


def way_of_child(handler: BaseHandler, multi: Parent, provider: str, url: str = "") -> Way:
    """The way to sign in with the child `provider`, whose button leads to `url`."""
    return way_of(handler, provider, multi.names[provider] or provider, url=url, icon=multi.icons.get(provider, ""))
