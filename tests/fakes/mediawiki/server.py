"""The wiki itself: where its pages are, who its users are, how it says no."""

from __future__ import annotations

from html import escape
from typing import Any

from aiohttp import web

from tests.fakes.openid_provider import Refused
from tests.fakes.openid_provider.records import Call, Reply
from tests.fakes.openid_provider.wire import Endpoints, Wire

from .oauth1 import OAuth1, page
from .records import Consumer, WikiUser, default_users
from .signatures import Books

# What a client library calls itself when nobody told it whose it is.
NAMES_OF_NOBODY = ("python-", "aiohttp/", "tornado/", "curl/", "mozilla/5.0 (compatible; pycurl)")


class FakeMediaWiki(OAuth1, Wire):
    """See the package's docstring. Knobs are plain attributes; change them at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.consumer = Consumer()
        self.consumers = {self.consumer.key: self.consumer}
        self.secrets.add(self.consumer.secret)
        self.books = Books(self.consumers)
        self.users = default_users()
        self.user: str | None = "Alice"
        self.deny = False
        self.dialog = False
        self.int_sub = False
        self.block_disables_login = False
        self.canonical_server = ""
        self.demands_user_agent = False

    # -- where things are

    @property
    def index_url(self) -> str:
        return f"{self.origin}/w/index.php"

    def endpoints(self) -> Endpoints:
        return {}

    def application(self) -> web.Application:
        """All pages of index.php share a path, so the title says which of them is asked."""
        app = super().application()
        authenticate = self._endpoint("authenticate", self._authenticate)
        pages = {
            "Special:OAuth/initiate": self._endpoint("initiate", self._initiate),
            "Special:OAuth/authenticate": authenticate,
            "Special:OAuth/authorize": authenticate,
            "Special:OAuth/token": self._endpoint("token", self._token),
            "Special:OAuth/identify": self._endpoint("identify", self._identify),
        }
        other = self._endpoint("page", self._page)

        async def index(request: web.Request) -> web.StreamResponse:
            return await pages.get(request.query.get("title", ""), other)(request)

        app.router.add_route("*", "/w/index.php", index)
        return app

    # -- what tests do

    def register(self, **fields: Any) -> Consumer:
        consumer = Consumer(**fields)
        self.consumers[consumer.key] = consumer
        self.secrets.add(consumer.secret)
        return consumer

    def revoke(self, user: str) -> None:
        """The user disconnects all applications."""
        user_id = self.users[user].id
        for key in [key for key, token in self.books.access_tokens.items() if token.user_id == user_id]:
            del self.books.access_tokens[key]

    def block(self, user: str) -> None:
        self.users[user].blocked = True

    def hide(self, user: str) -> None:
        """An oversighter hides the account's name, which goes with a block."""
        self.users[user].blocked = self.users[user].hidden = True

    def rename(self, user: str, new_name: str) -> WikiUser:
        """The same account under another name; the old name is free for somebody else."""
        account = self.users.pop(user)
        account.username = new_name
        self.users[new_name] = account
        return account

    # -- how it says no

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        """In OAuth 1.0a with status 200: text, JSON or a page, by what the endpoint would have answered."""
        if call.endpoint in ("initiate", "token"):
            return Reply(body=f"Error: {refusal.why}".encode(), headers={"Content-Type": "text/plain"})
        if call.endpoint == "identify":
            return Reply(json={"error": refusal.error, "message": refusal.why})
        return page("OAuth error", f"<p>{escape(refusal.error)}: {escape(refusal.why)}</p>")

    async def _page(self, call: Call) -> Reply:
        return page("Main Page", "Welcome.")
