"""The demo's pages in Chromium: every story, accessible in both themes and three sizes, and the picture of the tutorial.

With ``PICTURES=1`` in the environment the picture of docs/tutorials/first-login.md is taken again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import product

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from oauthenticator_suite.cli.demo.people import PEOPLE, Person
from tests.pages.test_in_a_browser import AXE, RULES, SIZES, THEMES

from .certified_provider import skip_or_fail
from .hub_process import REPOSITORY
from .running_demo import RunningDemo
from .screens import SCREENSHOTS, SPAWN_TIMEOUT

ALICE, BOB, CAROL, _ = PEOPLE
PICTURE = REPOSITORY / "docs" / "tutorials" / "pictures" / "demo.png"


class Visitor:
    """A window at the demo. Each page that `look` is called for is checked; `problems` has what is wrong."""

    def __init__(self, window: Page, demo: RunningDemo) -> None:
        self.window = window
        self.demo = demo
        self.problems: list[str] = []
        window.on("request", lambda request: self._note(request.url) if "//127.0.0.1:" not in request.url else None)
        window.on("pageerror", lambda error: self._note(str(error)))
        window.on("console", lambda message: self._note(message.text) if "Content Security" in message.text else None)

    def _note(self, problem: str) -> None:
        self.problems.append(f"{self.window.url}: {problem}")

    def look(self, name: str) -> None:
        """axe-core finds nothing, and nothing is wider than the window, in both themes and three sizes."""
        window = self.window
        window.evaluate(AXE.read_text(encoding="utf-8"))
        for theme, (size, (width, height)) in product(THEMES, SIZES.items()):
            window.set_viewport_size({"width": width, "height": height})
            window.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
            # axe-core cannot tell the contrast of text over a gradient: it is checked over the plain colour
            window.evaluate("document.querySelector('.si').style.background = 'var(--si-page)'")
            found = window.evaluate("rules => axe.run(document, {runOnly: rules, preload: false})", RULES)
            window.evaluate("document.querySelector('.si').style.background = ''")
            for each in found["violations"]:
                self.problems.append(f"{name}, {size}, {theme}: {each['id']}: {each['nodes'][0]['failureSummary']}")
            if window.evaluate("document.documentElement.scrollWidth > innerWidth"):
                self.problems.append(f"{name}, {size}, {theme}: wider than the window")
            window.screenshot(path=SCREENSHOTS / f"demo-{name}.{size}.{theme}.png", full_page=True)
        window.set_viewport_size({"width": 1280, "height": 900})

    def sign_in(self, person: Person, at_each_page: Callable[[str], None] = lambda name: None) -> None:
        """By the keyboard, from the Hub's sign-in page to where the provider's last page leads."""
        window = self.window
        window.goto(f"{self.demo.hub_url}/hub/login")
        window.get_by_role("link", name="Sign in with Demo University").press("Enter")
        expect(window.get_by_label("Username")).to_be_focused()
        at_each_page("username")
        window.get_by_label("Username").fill(person.username)
        window.keyboard.press("Enter")
        expect(window.get_by_label("Password", exact=True)).to_be_focused()
        at_each_page("password")
        window.get_by_label("Password", exact=True).fill(person.password)
        window.keyboard.press("Enter")
        window.wait_for_url(lambda url: "/auth/password" not in url)
        if window.url.startswith(self.demo.provider_url):
            at_each_page("consent")
            window.get_by_role("button", name="Accept").press("Enter")
            window.wait_for_url(lambda url: not url.startswith(self.demo.provider_url))


@pytest.fixture
def visitor(chromium: Browser, demo: RunningDemo) -> Iterator[Visitor]:
    """A visitor, on whose pages nothing may be wrong in the end."""
    if not AXE.exists():
        skip_or_fail("no axe-core: npm --prefix tests/pages/axe ci")
    context = chromium.new_context(reduced_motion="reduce", locale="en", viewport={"width": 1280, "height": 900})
    visitor = Visitor(context.new_page(), demo)
    yield visitor
    context.close()
    assert not visitor.problems, "\n".join(visitor.problems)


def test_the_pages_of_the_provider(visitor: Visitor) -> None:
    window = visitor.window
    window.goto(visitor.demo.provider_url)
    visitor.look("landing")
    if os.environ.get("PICTURES"):
        take_picture(window)
    visitor.sign_in(CAROL, visitor.look)
    expect(window.get_by_role("heading", level=1)).to_have_text("This account has no access to Demo Hub")
    window.get_by_role("link", name="Use another account").click()
    visitor.look("password-again")
    window.goto(f"{visitor.demo.provider_url}/oauth/authorize?client_id=nobody")
    visitor.look("error")


def test_a_wrong_password(visitor: Visitor) -> None:
    window = visitor.window
    window.goto(f"{visitor.demo.provider_url}/login")
    window.get_by_text("Accounts of the demo").press("Enter")
    expect(window.get_by_text(BOB.password)).to_be_visible()
    visitor.look("accounts")
    window.get_by_label("Username").fill("bob")
    window.keyboard.press("Enter")
    window.get_by_label("Password", exact=True).fill("guessed")
    window.keyboard.press("Enter")
    expect(window.get_by_role("alert")).to_contain_text("Login failed")
    visitor.look("wrong-password")


def test_the_switch(visitor: Visitor) -> None:
    window = visitor.window
    visitor.sign_in(ALICE)
    window.wait_for_url("**/user/alice/**", timeout=SPAWN_TIMEOUT)
    window.get_by_role("link", name="Try more").click()
    try:
        window.get_by_role("button", name="Turn it off").press("Enter")
        expect(window.get_by_role("status")).to_have_text("Demo University is off")
        visitor.look("landing-off")
        window.goto(f"{visitor.demo.provider_url}/login")
        visitor.look("off")
        window.goto(f"{visitor.demo.hub_url}/hub/home")
        expect(window.locator("#login_widget")).to_contain_text("alice")
        window.goto(visitor.demo.provider_url)
    finally:
        window.get_by_role("button", name="Turn it on").click()
    expect(window.get_by_role("status")).to_have_text("Demo University is on")


def test_the_pages_work_without_scripts(chromium: Browser, demo: RunningDemo) -> None:
    context = chromium.new_context(java_script_enabled=False, color_scheme="dark", locale="en")
    visitor = Visitor(context.new_page(), demo)
    visitor.sign_in(BOB)
    assert visitor.window.url.startswith(demo.hub_url)
    visitor.window.goto(demo.provider_url)
    background = "getComputedStyle(document.querySelector('.si-card')).backgroundColor"
    assert visitor.window.evaluate(background) == "rgb(36, 40, 44)"
    context.close()


COLOURS = "ffffff f6f7f8 eceff2 dfe3e7 b8bec4 838b94 565e67 1f2429 b94a08 dca483 1c659e 8db2ce 186a3e 1c4f82"
"""Colours of the light theme, and of its edges between two of them."""


def take_picture(window: Page) -> None:
    """The landing page to the end of its cards, in the light theme, with few colours, so that the file is small."""
    window.set_viewport_size({"width": 1000, "height": 900})
    window.evaluate(
        """() => {
          document.documentElement.dataset.bsTheme = "light";
          document.querySelector(".si").style.background = "var(--si-page)";
          for (const card of document.querySelectorAll(".si-card")) card.style.boxShadow = "none";
        }"""
    )
    cards = window.locator(".demo-cards").bounding_box()
    assert cards is not None
    clip = {"x": 0, "y": 0, "width": 1000, "height": cards["y"] + cards["height"] + 20}
    palette = Image.new("P", (1, 1))
    palette.putpalette(bytes.fromhex(COLOURS))
    PICTURE.parent.mkdir(exist_ok=True)
    picture = Image.open(BytesIO(window.screenshot(full_page=True, clip=clip))).convert("RGB")
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
    assert PICTURE.stat().st_size < 60_000
