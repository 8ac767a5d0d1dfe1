"""Browser windows of people at the end-to-end tests' Hubs: headless Chromium, and a screenshot of every page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright

from .certified_provider import skip_or_fail
from .hub_process import REPOSITORY
from .provider_sites import Account
from .worlds import World, is_hub_callback

SCREENSHOTS = REPOSITORY / "test-artifacts" / "screenshots"

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
SPAWN_TIMEOUT = 30_000  # milliseconds


@contextmanager
def launched_chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        skip_or_fail("no Chromium on this machine: apt-get install --no-install-recommends chromium")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        browser.close()


@dataclass
class Screen:
    """One browser window of a person, and what its console has said about the Hub's pages."""

    page: Page
    world: World
    complaints: list[str] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Keep what goes wrong on the Hub's side, and the addresses at which the provider sends the browser back."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "request", lambda request: self.callbacks.append(request.url) if is_hub_callback(request.url) else None
        )

    def _heard(self, message: ConsoleMessage) -> None:
        of_the_hub = message.location.get("url", "").startswith(self.world.hub.url)
        if of_the_hub and re.search(r"content security policy|refused to|blocked", message.text, re.IGNORECASE):
            self.complaints.append(message.text)

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def shoot(self, name: str) -> None:
        """Keep a picture of the page, as wide as the window and as long as the page."""
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def shoot_everywhere(self, name: str) -> None:
        """Keep a picture for a desk and one for a phone, which must not have to scroll sideways."""
        self.shoot(name)
        self.page.set_viewport_size(PHONE)
        self.shoot(f"{name}-phone")
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{self.path} is {width} px wide on a phone"
        self.page.set_viewport_size(DESKTOP)

    def open_login(self) -> None:
        """The Hub's page with the sign-in button."""
        self.page.goto(self.world.hub.page("login"))
        expect(self.page.get_by_role("link", name="Sign in with")).to_be_visible()

    def to_provider(self) -> None:
        """From the Hub's page to the provider's, by a click."""
        self.open_login()
        self.page.get_by_role("link", name="Sign in with").click()
        self.page.wait_for_url(self.world.site.issuer + "/**")

    def sign_in(self, account: Account, pictures: str = "") -> None:
        """Fill in the provider's pages, whichever provider it is, until it sends the browser back."""
        if self.page.locator("input[name=password]:visible").count() == 0:  # it asks for the name first
            if pictures:
                self.shoot(f"{pictures}-name")
            self.page.fill("input[name=login]", account.name)
            self.page.click("form button[type=submit]:visible")
            self.page.wait_for_selector("input[name=password]:visible")
        else:
            self.page.fill("input[name=login]", account.name)
        self.page.fill("input[name=password]", account.password)
        if pictures:
            self.shoot(f"{pictures}-login")
        self.page.click("form button[type=submit]:visible")
        expect(self.page.locator("input[name=password]:visible")).to_have_count(0)
        self.page.wait_for_load_state()
        agree = self.page.locator("#accept, input[name=prompt][value=consent] ~ button")
        if self.page.url.startswith(self.world.site.issuer) and agree.count():
            if pictures:
                self.shoot(f"{pictures}-consent")
            agree.click()


def open_screen(chromium: Browser, world: World) -> Iterator[Screen]:
    """A window with its own cookies. It can reach only this machine."""
    context = chromium.new_context(viewport=DESKTOP)

    def keep_at_home(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            route.abort()

    context.route("**/*", keep_at_home)
    screen = Screen(context.new_page(), world)
    screen.watch()
    yield screen
    context.close()
    assert screen.complaints == []


REFERENCE = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")


def shown_reference(page: Page) -> str:
    """The reference number that the page gives the user."""
    message = page.get_by_role("main")
    expect(message).to_contain_text(REFERENCE)
    return REFERENCE.findall(message.inner_text())[0]
