"""The query of a URL of this Hub: reading a parameter of a request, and writing those of a redirect."""

from __future__ import annotations

from collections.abc import Mapping

from jupyterhub.handlers import BaseHandler
from tornado import web
from tornado.httputil import url_concat


def query_text(handler: BaseHandler, name: str) -> str:
    """A query parameter of a request, as it was sent; empty if it is missing, or not UTF-8."""
    try:
        return str(handler.get_query_argument(name, "", strip=False))
    except web.HTTPError:
        return ""


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """`url` with the parameters that are not empty added to its query."""
    return str(url_concat(url, {name: value for name, value in parameters.items() if value}))
