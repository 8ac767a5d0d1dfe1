"""The routes that every Hub with this package has once, whatever its authenticator."""

from __future__ import annotations

from typing import Any

from ..pages.static_files import page_files_route
from ..sessions.handlers import PATH, SignInAgainHandler
from .handlers import STATUS_API, STATUS_PAGE, AdminPageHandler, StatusAPIHandler, StatusHandler


def common_routes() -> list[tuple[Any, ...]]:
    """The operators' pages and requests, and the files of the pages."""
    return [
        (PATH, SignInAgainHandler),
        (STATUS_PAGE, StatusHandler),
        (STATUS_API, StatusAPIHandler),
        ("/admin", AdminPageHandler),
        page_files_route(),
    ]
