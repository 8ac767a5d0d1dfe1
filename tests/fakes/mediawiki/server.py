"""Where the wiki's pages are."""

from __future__ import annotations

from aiohttp import web

from tests.fakes.openid_provider.records import Call, Reply
from tests.fakes.openid_provider.wire import Endpoints

from .oauth1 import OAuth1
from .oauth2 import OAuth2
from .pages import page


class FakeMediaWiki(OAuth1, OAuth2):
    """See the package's docstring. Knobs are plain attributes; change them at any time."""

    def endpoints(self) -> Endpoints:
        return {
            "/w/rest.php/oauth2/authorize": ("oauth2_authorize", self._guarded(self._oauth2_authorize)),
            "/w/rest.php/oauth2/access_token": ("oauth2_token", self._guarded(self._oauth2_token)),
            "/w/rest.php/oauth2/resource/profile": ("profile", self._guarded(self._profile)),
        }

    def application(self) -> web.Application:
        """The pages of index.php share one path: the title says which of them is asked for."""
        app = super().application()
        authenticate = self._endpoint("authenticate", self._guarded(self._authenticate))
        special_pages = {
            "Special:OAuth/initiate": self._endpoint("initiate", self._guarded(self._initiate)),
            "Special:OAuth/authenticate": authenticate,
            "Special:OAuth/authorize": authenticate,
            "Special:OAuth/token": self._endpoint("token", self._guarded(self._token)),
            "Special:OAuth/identify": self._endpoint("identify", self._guarded(self._identify)),
        }
        any_page = self._endpoint("page", self._main_page)

        async def index(request: web.Request) -> web.StreamResponse:
            return await special_pages.get(request.query.get("title", ""), any_page)(request)

        app.router.add_route("*", "/w/index.php", index)
        return app

    async def _main_page(self, call: Call) -> Reply:
        return page("Main Page", "<p>Welcome.</p>")
