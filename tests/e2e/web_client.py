"""A browser without a screen: cookies, redirects one by one, and forms that are filled in as a person would."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag

MAX_REDIRECTS = 40


@dataclass(frozen=True, repr=False)
class Page:
    """One answer: where it came from, its status, and its HTML."""

    url: str
    status: int
    headers: Mapping[str, str]
    html: str

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html.parser")

    @property
    def text(self) -> str:
        """What a reader sees, with runs of white space as one space."""
        soup = self.soup
        for invisible in soup(["script", "style", "head"]):
            invisible.decompose()
        return " ".join(soup.get_text(" ").split())

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def link(self, label: str) -> str:
        """The absolute address of the link whose text contains `label`, in any case."""
        for anchor in self.soup.find_all("a", href=True):
            if label.lower() in " ".join(anchor.get_text(" ").split()).lower():
                return urljoin(self.url, str(anchor["href"]))
        raise AssertionError(f"no link {label!r} on {self.url}: {self.text[:300]}")

    def form(self, *, having: str | None = None) -> Tag:
        """The form that has a field of the name `having`, or the only form that is posted."""
        forms = self.soup.find_all("form")
        if having is not None:
            forms = [form for form in forms if form.find(attrs={"name": having})]
        else:
            forms = [form for form in forms if str(form.get("method", "")).lower() == "post"]
        assert len(forms) == 1, f"{len(forms)} forms fit on {self.url}: {self.text[:300]}"
        return forms[0]

    def __repr__(self) -> str:
        return f"{self.status} {self.url}\n{self.text[:600]}"


class WebClient:
    """A browser with its own cookie jar.

    `authority` is a PEM file: the certificates that it has signed are trusted instead of those of the system.
    Every redirect is followed by hand, and `visits` keeps what was asked, so that a test can look at each hop.
    """

    def __init__(self, authority: Path | None = None) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._authority = authority
        self._session.verify = str(authority) if authority else True
        self.visits: list[tuple[str, str, int]] = []

    def __enter__(self) -> WebClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, url: str, *, stop_before: Callable[[str], bool] | None = None) -> Page:
        """Open `url` and follow redirects.

        When `stop_before` says so for the next address, that address is not opened, and the redirect that led there
        is the answer: its `headers["Location"]` is the address.
        """
        return self._follow("GET", url, None, stop_before)

    def submit(
        self,
        page: Page,
        form: Tag,
        fields: Mapping[str, str],
        *,
        stop_before: Callable[[str], bool] | None = None,
    ) -> Page:
        """Send `form` of `page` with its present values, and with `fields` in addition."""
        data: dict[str, list[str]] = {}
        for field in form.find_all("input"):
            if field.get("type") in ("submit", "button") or (
                field.get("type") == "checkbox" and not field.has_attr("checked")
            ):
                continue
            if field.get("name"):
                data.setdefault(str(field["name"]), []).append(str(field.get("value", "")))
        data.update({name: [value] for name, value in fields.items()})
        target = urljoin(page.url, str(form.get("action") or page.url))
        return self._follow("POST", target, data, stop_before, referer=page.url)

    def cookie_names(self, path: str = "") -> set[str]:
        """Names of the cookies kept, of those whose path starts with `path`."""
        return {cookie.name for cookie in self._session.cookies if cookie.path.startswith(path)}

    def copy(self) -> WebClient:
        """A browser with the cookies that this one has now; later they share nothing."""
        copy = WebClient(self._authority)
        copy._session.cookies.update(self._session.cookies)
        return copy

    def opened(self, url_part: str) -> list[str]:
        """The addresses opened so far that contain `url_part`."""
        return [url for _, url, _ in self.visits if url_part in url]

    def _follow(
        self,
        method: str,
        url: str,
        data: Mapping[str, Sequence[str]] | None,
        stop_before: Callable[[str], bool] | None,
        referer: str | None = None,
    ) -> Page:
        for _ in range(MAX_REDIRECTS):
            page = self._request(method, url, data, referer)
            location = page.headers.get("Location")
            if page.status not in (301, 302, 303, 307, 308) or location is None:
                return page
            following = urljoin(page.url, location)
            if stop_before is not None and stop_before(following):
                return page
            if page.status not in (307, 308):
                method, data = "GET", None
            url, referer = following, None
        raise AssertionError("too many redirects: " + " -> ".join(url for _, url, _ in self.visits[-6:]))

    def _request(self, method: str, url: str, data: Mapping[str, Sequence[str]] | None, referer: str | None) -> Page:
        headers: dict[str, Any] = {"Accept": "text/html,*/*;q=0.8"}
        if referer:
            headers["Referer"] = referer
        elif method == "GET":  # an address that the user types
            headers.update({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"})
        answer = self._session.request(
            method, urldefrag(url).url, data=data, headers=headers, allow_redirects=False, timeout=30
        )
        self.visits.append((method, answer.url, answer.status_code))
        return Page(answer.url, answer.status_code, answer.headers, answer.text)
