"""A world is a running Hub, the provider that it trusts, and the people in it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from .certified_provider import CertifiedProvider
from .hub_process import HubProcess
from .provider_sites import Account, ProviderSite
from .web_client import Page, WebClient


def is_hub_callback(url: str) -> bool:
    """Whether `url` is where the provider sends the browser back to (a single-user server has a callback as well)."""
    return re.fullmatch(r"/hub/(oauth_callback|auth/[\w-]+/authorize)", urlsplit(url).path) is not None


def is_result_page(url: str) -> bool:
    """Whether `url` is the page of a failed login, to which the callback redirects."""
    return re.fullmatch(r"/hub/auth/([\w-]+/)?result/[2-9A-Z-]{9}", urlsplit(url).path) is not None


def query(url: str) -> dict[str, str]:
    """The query of `url`; every name must be there once."""
    fields = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in fields.values()), f"a repeated field in {sorted(fields)}"
    return {name: values[0] for name, values in fields.items()}


@dataclass(frozen=True)
class People:
    """An administrator, a user who may sign in, and a user who may not."""

    admin: Account
    allowed: Account
    refused: Account


@dataclass(frozen=True)
class World:
    """`hub` trusts the provider of `site`."""

    hub: HubProcess
    site: ProviderSite
    people: People
    secrets: Mapping[str, str]
    """What no page and no log may show: a label for the failure message, and the value."""

    def login_url(self, next_url: str | None = None) -> str:
        """The Hub's address at which a login begins."""
        target = self.hub.page("oauth_login")
        return target if next_url is None else f"{target}?next={quote(next_url, safe='')}"

    def authorization_url(self, client: WebClient, next_url: str | None = None) -> str:
        """Where the Hub sends the browser for a login; not yet opened."""
        page = client.get(self.login_url(next_url), stop_before=lambda _: True)
        assert page.status == 302, page
        return page.headers["Location"]

    def callback_url(self, client: WebClient, account: Account, next_url: str | None = None) -> str:
        """A login up to the point where the browser would come back to the Hub: that address, not yet opened."""
        page = client.get(self.login_url(next_url), stop_before=is_hub_callback)
        page = self.site.sign_in(client, page, account, stop_before=is_hub_callback)
        assert is_hub_callback(page.headers.get("Location", "")), page
        return page.headers["Location"]

    def log_in(self, client: WebClient, account: Account, next_url: str | None = "/hub/home") -> Page:
        """A whole login: the page that it ends on, whatever that is."""
        return self.site.sign_in(client, client.get(self.login_url(next_url)), account)

    def until_server_runs(self, client: WebClient, page: Page, timeout: float = 30.0) -> Page:
        """Wait as the Hub's own page does while a server starts; the page that it leads to in the end."""
        deadline = time.monotonic() + timeout
        while page.path.startswith("/hub/spawn"):
            assert page.status == 200, page
            assert time.monotonic() < deadline, f"no server in {timeout:g} s: {page}\n{self.hub.log_tail()}"
            time.sleep(0.1)
            page = client.get(page.url)
        return page

    def signed_in_as(self, client: WebClient) -> str | None:
        """The name that the Hub's home page shows for this browser, or None for a stranger."""
        page = client.get(self.hub.page("home"))
        if page.path != "/hub/home" or page.status != 200:
            return None
        shown = page.soup.find(class_="navbar-text") or page.soup.find(id="login_widget")
        assert shown is not None, page
        return shown.get_text(" ").split()[0]

    def assert_no_secrets(self, text: str, where: str) -> None:
        """Fail, without repeating the secret, when `text` holds one of the world's secrets."""
        for label, value in self.secrets.items():
            assert value not in text, f"{label} is in {where}"


@dataclass(frozen=True)
class CertifiedWorld(World):
    """A world whose provider counts what it is asked, and can be bent, stopped and started."""

    provider: CertifiedProvider
