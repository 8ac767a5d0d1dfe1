"""The stylesheet and the script of the pages, at a URL that changes with their content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import url_path_join
from tornado.web import StaticFileHandler

_FILES = Path(__file__).parent / "static"
_YEAR = 365 * 24 * 3600


class PageFilesHandler(StaticFileHandler):
    """``GET /hub/auth-pages/VERSION/sign-in.css``: a file that browsers may keep for a year."""

    def check_xsrf_cookie(self) -> None:
        """Check nothing: no request changes anything here."""

    def set_extra_headers(self, path: str) -> None:
        """Let browsers keep the file, and trust its media type."""
        self.set_header("Cache-Control", f"public, max-age={_YEAR}, immutable")
        self.set_header("X-Content-Type-Options", "nosniff")


def page_files_route() -> tuple[str, type[PageFilesHandler], dict[str, Any]]:
    """The route of the files, for an authenticator's `get_handlers`."""
    return (rf"/auth-pages/{_version()}/(sign-in\.(?:css|js))", PageFilesHandler, {"path": str(_FILES)})


def page_files_url(handler: BaseHandler) -> str:
    """The URL of the folder of the files, with a slash at its end."""
    return str(url_path_join(handler.hub.base_url, "auth-pages", _version())) + "/"


@lru_cache(maxsize=1)
def _version() -> str:
    content = b"".join(path.read_bytes() for path in sorted(_FILES.iterdir()))
    return hashlib.sha256(content).hexdigest()[:12]
