"""A browser without a screen: keeps cookies, follows redirects one by one, remembers every hop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

import aiohttp
from yarl import URL

from tests.fakes.openid_provider.pages import MARK
from tests.fakes.openid_provider.server import AS_USER

MOST_REDIRECTS = 20
RESULT = re.compile(r"/hub/auth/([^/]+/)?result/")
AUTHORIZATION_PATHS = (
    "/authorize",
    "/authorize/",
    "/auth",
    "/index.php",
)  # how the paths end at which providers ask who the user is


@dataclass(frozen=True)
class Hop:
    """One request and its answer. `set_cookies` are the Set-Cookie lines as they came."""

    method: str
    url: str
    status: int
    headers: dict[str, str]  # names in lower case; of repeated ones the last
    set_cookies: tuple[str, ...]
    body: str

    @property
    def location(self) -> str | None:
        """Where this answer redirects to, made absolute."""
        target = self.headers.get("location")
        return None if target is None or not 300 <= self.status < 400 else urljoin(self.url, target)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def text(self) -> str:
        """What a person reads: the body without scripts and tags."""
        inside_words = re.sub(r"</?(?:strong|bdi|b|em)\b[^>]*>", "", self.body)
        visible = re.sub(r"(?s)<(script|style|head)\b.*?</\1>|<[^>]*>", " ", inside_words)
        return re.sub(r"\s+", " ", unescape(visible)).strip()

    def __repr__(self) -> str:
        return f"<{self.method} {urlsplit(self.url)._replace(query='').geturl()} → {self.status}>"


class Browser:
    """A browser. `user` is the user that the fake provider finds in front of it (None: the provider decides).

    With `socket`, requests for the Hub go to the proxy that listens there.
    """

    def __init__(self, hub_url: str, user: str | None = None, socket: Path | None = None) -> None:
        self.hub_url = hub_url
        self.user = user
        self.hops: list[Hop] = []
        self.tells_where_from = True  # what browsers do unless they are old, or the Hub is on plain HTTP
        self.cookies_seen: set[tuple[str, str]] = set()
        self.planted: set[tuple[str, str]] = set()  # names and values of cookies that a test has put here
        session: dict[str, Any] = {
            "cookie_jar": aiohttp.CookieJar(unsafe=True),  # of bare IP addresses too
            "headers": {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "User-Agent": "Browser/1.0 (tests)"},
            "timeout": aiohttp.ClientTimeout(total=60),
        }
        self._session = aiohttp.ClientSession(**session)
        self._hub_session = self._session
        if socket is not None:
            self._hub_session = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)), **session)

    async def close(self) -> None:
        await self._hub_session.close()
        await self._session.close()

    # -- one request

    async def request(self, method: str, url: str, **options: Any) -> Hop:
        """One request; redirects are not followed. The URL goes out as it is written.

        A GET is a URL that the user types, and another request one of the page's own, unless the headers say else.
        """
        site = "none" if method == "GET" else "same-origin"
        told = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"} if self.tells_where_from else {}
        options["headers"] = {**told, **(options.get("headers") or {})}
        target = URL(urljoin(self.hub_url + "/", url), encoded=True)
        session = self._hub_session if str(target).startswith(self.hub_url) else self._session
        async with session.request(method, target, allow_redirects=False, **options) as response:
            hop = Hop(
                method,
                str(target),
                response.status,
                {name.lower(): value for name, value in response.headers.items()},
                tuple(response.headers.getall("Set-Cookie", [])),
                (await response.read()).decode("utf-8", "replace"),
            )
        self.hops.append(hop)
        self.cookies_seen.update((cookie.key, cookie.value) for cookie in self._session.cookie_jar)
        return hop

    async def get(self, url: str, **options: Any) -> Hop:
        """One request. The redirect from a callback to the page of its result is followed."""
        hop = await self.request("GET", url, **options)
        if hop.status == 303 and RESULT.search(hop.location or ""):
            return await self.request("GET", hop.location or "")
        return hop

    # -- a walk

    async def follow(self, hop: Hop, *, stop_before: str | None = None) -> Hop:
        """Follow redirects to their end, or to the one whose target begins with `stop_before`."""
        for _ in range(MOST_REDIRECTS):
            posted = form_of_provider(hop)
            if posted is not None and (stop_before is None or not posted[0].startswith(stop_before)):
                hop = await self.post_across_sites(*posted)
                continue
            target = hop.location
            if target is None or (stop_before is not None and target.startswith(stop_before)):
                return hop
            hop = await self.get(self._as_user(target))
        raise AssertionError(f"more than {MOST_REDIRECTS} redirects: {self.hops[-4:]}")

    async def post_across_sites(self, url: str, fields: Any, **options: Any) -> Hop:
        """Post a form of another site's page, as browsers do: without the Hub's cookies, all of which are SameSite=Lax.

        The cookies of the answer are kept. The redirect from a callback to the page of its result is followed.
        """
        told = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "https://login.example"}
        target = URL(urljoin(self.hub_url + "/", url), encoded=True)
        session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=60))
        headers = {**told, **options.pop("headers", {})}
        async with (
            session,
            session.post(target, data=fields, headers=headers, allow_redirects=False, **options) as response,
        ):
            hop = Hop(
                "POST",
                str(target),
                response.status,
                {name.lower(): value for name, value in response.headers.items()},
                tuple(response.headers.getall("Set-Cookie", [])),
                (await response.read()).decode("utf-8", "replace"),
            )
            self._session.cookie_jar.update_cookies(response.cookies, target)
        self.hops.append(hop)
        self.cookies_seen.update((cookie.key, cookie.value) for cookie in self._session.cookie_jar)
        if hop.status == 303 and RESULT.search(hop.location or ""):
            return await self.request("GET", hop.location or "")
        return hop

    async def open(self, url: str, **options: Any) -> Hop:
        return await self.follow(await self.get(url, **options))

    async def login(self, user: str | None = None, *, next_url: str | None = "/hub/home", at: str | None = None) -> Hop:
        """The whole login through the provider, `at` one of several; the last page."""
        if user is not None:
            self.user = user
        page = await self.open(self._login_url(next_url, at))
        return await self.open(self._login_url(next_url, at)) if _says_why_it_ended(page) else page

    async def walk_to_callback(
        self, user: str | None = None, *, next_url: str | None = "/hub/home", at: str | None = None
    ) -> str:
        """The login up to the provider's redirect to the callback; its URL, which is not opened."""
        if user is not None:
            self.user = user
        callback = f"{self.hub_url}/hub/" + (f"auth/{at}/authorize" if at else "oauth_callback")
        last = await self.follow(await self.get(self._login_url(next_url, at)), stop_before=callback)
        if _says_why_it_ended(last):
            last = await self.follow(await self.get(self._login_url(next_url, at)), stop_before=callback)
        assert last.location is not None, f"the provider did not send the browser back: {last} {last.text[:300]}"
        return last.location

    async def submit(self, page: Hop, fields: dict[str, str], *, action: str = "") -> Hop:
        """Fill in and send the first form of a page that is sent to `action`; hidden fields go along."""
        forms = re.finditer(r"<form[^>]*action=\"([^\"]*)\"[^>]*>(.*?)</form>", page.body, re.DOTALL)
        form = next((form for form in forms if unescape(form[1]).startswith(action)), None)
        assert form is not None, f"no form on {page}"
        hidden = {}
        for tag in re.findall(r"<input[^>]*>", form[2]):
            attributes = dict(re.findall(r"([\w-]+)=\"([^\"]*)\"", tag))
            if attributes.get("type") == "hidden":
                hidden[attributes["name"]] = unescape(attributes.get("value", ""))
        target = urljoin(page.url, unescape(form[1]))
        return await self.follow(await self.request("POST", target, data={**hidden, **fields}))

    # -- cookies

    @property
    def cookies(self) -> dict[str, str]:
        """All cookies that this browser has now."""
        return {cookie.key: cookie.value for cookie in self._session.cookie_jar}

    def copy_cookies_to(self, other: Browser) -> None:
        """Somebody planted or stole them."""
        for cookie in self._session.cookie_jar:
            other._session.cookie_jar.update_cookies({cookie.key: cookie}, URL(self.hub_url))

    def set_cookies(self, cookies: dict[str, str], path: str = "/hub/") -> None:
        """Somebody planted them, for the pages below `path`."""
        planted = SimpleCookie(cookies)
        self.planted |= {(name, morsel.value) for name, morsel in planted.items()}
        for morsel in planted.values():
            morsel["path"] = path
        self._session.cookie_jar.update_cookies(planted, URL(self.hub_url))

    def clear_cookies(self) -> None:
        self._session.cookie_jar.clear()

    @property
    def logged_in(self) -> bool:
        return "jupyterhub-hub-login" in self.cookies

    # -- inside

    def _login_url(self, next_url: str | None, at: str | None = None) -> str:
        url = URL(f"{self.hub_url}/hub/" + (f"auth/{at}/login" if at else "oauth_login"))
        return str(url if next_url is None else url.with_query(next=next_url))

    def _as_user(self, url: str) -> str:
        """The user of this browser is logged in at the provider."""
        asks_who_it_is = urlsplit(url).path.endswith(AUTHORIZATION_PATHS)
        if self.user is None or url.startswith(self.hub_url) or not asks_who_it_is:
            return url
        return f"{url}&{AS_USER}={quote(self.user, safe='')}"


def form_of_provider(page: Hop) -> tuple[str, list[tuple[str, str]]] | None:
    """The URL and the fields of a form that a provider's page lets the browser post (Form Post Response Mode)."""
    form = re.search(rf"<form[^>]*action=\"([^\"]*)\"[^>]*{MARK}>(.*?)</form>", page.body, re.DOTALL)
    if form is None:
        return None
    inputs = re.findall(r"<input[^>]*name=\"([^\"]*)\" value=\"([^\"]*)\"", form[2])
    return unescape(form[1]), [(unescape(name), unescape(value)) for name, value in inputs]


def _says_why_it_ended(page: Hop) -> bool:
    """Whether this is the sign-in page that tells once why the last session has ended: a person then clicks again."""
    return page.path == "/hub/login" and "After signing in, you will be back where you were." in page.text
