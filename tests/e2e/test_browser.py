"""What a person sees: headless Chromium through the whole login, with a screenshot of every page.

The screenshots are kept in ``test-artifacts/screenshots`` of the checkout.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright

from .certified_provider import skip_or_fail
from .hub_process import REPOSITORY
from .provider_sites import Account
from .worlds import CertifiedWorld, World, is_hub_callback

SCREENSHOTS = REPOSITORY / "test-artifacts" / "screenshots"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
SPAWN_TIMEOUT = 30_000  # milliseconds


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
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
        expect(self.page.get_by_role("button", name="Sign in with")).to_be_visible()

    def to_provider(self) -> None:
        """From the Hub's page to the provider's, by a click."""
        self.open_login()
        self.page.get_by_role("button", name="Sign in with").click()
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
        agree = self.page.locator("#accept, input[name=prompt][value=consent] ~ button")
        if self.page.url.startswith(self.world.site.issuer) and agree.count():
            if pictures:
                self.shoot(f"{pictures}-consent")
            agree.click()


def open_screen(chromium: Browser, world: World) -> Iterator[Screen]:
    """A window with its own cookies. Nothing but this machine can be reached from it."""
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


@pytest.fixture
def screen(chromium: Browser, world: World) -> Iterator[Screen]:
    """A window in each of the worlds."""
    yield from open_screen(chromium, world)


@pytest.fixture
def certified_screen(chromium: Browser, certified_world: CertifiedWorld) -> Iterator[Screen]:
    """A window in the world of the certified provider."""
    yield from open_screen(chromium, certified_world)


def shown_reference(page: Page) -> None:
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}"))


def test_a_whole_login_by_keyboard_and_mouse(screen: Screen) -> None:
    name = type(screen.world.site).__name__.removesuffix("Site").lower()
    user = screen.world.people.allowed
    page = screen.page
    screen.open_login()
    screen.shoot_everywhere(f"{name}-1-hub-login")

    button = page.get_by_role("button", name="Sign in with")
    for _ in range(10):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(screen.world.site.issuer + "/**")

    screen.sign_in(user, pictures=f"{name}-2-provider")
    page.wait_for_url(f"**/user/{user.name}/**", timeout=SPAWN_TIMEOUT)
    expect(page.locator("#name")).to_have_text(user.name)
    screen.shoot_everywhere(f"{name}-3-landed")

    page.goto(screen.world.hub.page("home"))
    expect(page.locator("#login_widget")).to_contain_text(user.name)
    page.goto(screen.world.hub.page("logout"))
    expect(page.get_by_role("button", name="Sign in with")).to_be_visible()
    screen.shoot(f"{name}-4-signed-out")


def test_the_page_of_a_refusal(screen: Screen) -> None:
    name = type(screen.world.site).__name__.removesuffix("Site").lower()
    screen.to_provider()
    screen.sign_in(screen.world.people.refused)
    page = screen.page
    page.wait_for_url(is_hub_callback)
    expect(page.get_by_role("alert")).to_contain_text("not allowed")
    shown_reference(page)
    screen.shoot_everywhere(f"{name}-5-refused")
    assert page.get_by_role("link", name="Try again").count() == 0
    page.get_by_role("link", name="Back to the sign-in page").click()
    expect(page.get_by_role("button", name="Sign in with")).to_be_visible()


def test_the_page_of_a_login_that_was_cancelled(certified_screen: Screen) -> None:
    screen, page = certified_screen, certified_screen.page
    screen.to_provider()
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url(is_hub_callback)
    expect(page.get_by_role("alert")).to_contain_text("cancel")
    shown_reference(page)
    screen.shoot_everywhere("certified-6-cancelled")
    again = page.get_by_role("link", name="Try again")
    expect(again).to_be_focused()  # Enter is enough
    page.keyboard.press("Enter")
    page.wait_for_url(screen.world.site.issuer + "/**")
    screen.sign_in(screen.world.people.allowed)
    page.wait_for_url(f"**/user/{screen.world.people.allowed.name}/**", timeout=SPAWN_TIMEOUT)


def test_the_page_of_a_callback_that_is_opened_again(certified_screen: Screen) -> None:
    screen, page = certified_screen, certified_screen.page
    screen.to_provider()
    screen.sign_in(screen.world.people.allowed)
    page.wait_for_url(f"**/user/{screen.world.people.allowed.name}/**", timeout=SPAWN_TIMEOUT)
    page.goto(screen.world.hub.page("logout"))
    page.goto(screen.callbacks[0])
    expect(page.get_by_role("alert")).to_be_visible()
    shown_reference(page)
    screen.shoot_everywhere("certified-7-used-again")
    page.get_by_role("link", name="Try again").click()
    # the provider remembers who it is, so the new login goes through without a question
    page.wait_for_url(f"**/user/{screen.world.people.allowed.name}/**", timeout=SPAWN_TIMEOUT)


def test_the_page_when_the_provider_is_away(certified_screen: Screen) -> None:
    screen, page = certified_screen, certified_screen.page
    assert isinstance(screen.world, CertifiedWorld)
    screen.to_provider()
    screen.world.provider.turn(faults={"token": 500})
    screen.sign_in(screen.world.people.allowed)
    page.wait_for_url(is_hub_callback)
    expect(page.get_by_role("alert")).to_be_visible()
    shown_reference(page)
    screen.shoot_everywhere("certified-8-provider-away")
    screen.world.provider.reset()
    page.get_by_role("link", name="Try again").click()
    page.wait_for_url(f"**/user/{screen.world.people.allowed.name}/**", timeout=SPAWN_TIMEOUT)
