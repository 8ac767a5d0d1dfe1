"""What a person sees: headless Chromium through the whole login, with a screenshot of every page.

The screenshots are kept in ``test-artifacts/screenshots`` of the checkout.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from .screens import SPAWN_TIMEOUT, Screen, open_screen, shown_reference
from .worlds import CertifiedWorld, World, is_result_page


@pytest.fixture
def screen(chromium: Browser, world: World) -> Iterator[Screen]:
    """A window in each of the worlds."""
    yield from open_screen(chromium, world)


@pytest.fixture
def certified_screen(chromium: Browser, certified_world: CertifiedWorld) -> Iterator[Screen]:
    """A window in the world of the certified provider."""
    yield from open_screen(chromium, certified_world)


def test_a_whole_login_by_keyboard_and_mouse(screen: Screen) -> None:
    name = type(screen.world.site).__name__.removesuffix("Site").lower()
    user = screen.world.people.allowed
    page = screen.page
    screen.open_login()
    screen.shoot_everywhere(f"{name}-1-hub-login")

    button = page.get_by_role("link", name="Sign in with")
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
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out of JupyterHub")
    screen.shoot(f"{name}-4-signed-out")
    page.get_by_role("link", name="Sign in again").click()
    expect(page.get_by_role("link", name="Sign in with")).to_be_visible()


def test_the_page_of_a_refusal(screen: Screen) -> None:
    name = type(screen.world.site).__name__.removesuffix("Site").lower()
    screen.to_provider()
    screen.sign_in(screen.world.people.refused)
    page = screen.page
    page.wait_for_url(is_result_page)
    expect(page.get_by_role("heading", level=1)).to_have_text("This account has no access to JupyterHub")
    shown_reference(page)
    screen.shoot_everywhere(f"{name}-5-refused")
    assert page.get_by_role("link", name="Try again").count() == 0
    page.get_by_role("link", name="Use another account").click()
    # without a demand to choose, the provider would send the browser back at once, and the page would be this one again
    page.wait_for_url(screen.world.site.issuer + "/**")


def test_the_page_of_a_login_that_was_cancelled(certified_screen: Screen) -> None:
    screen, page = certified_screen, certified_screen.page
    screen.to_provider()
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url(is_result_page)
    expect(page.get_by_role("main")).to_contain_text("cancel")
    reference = shown_reference(page)
    reloaded = page.reload()  # F5
    assert reloaded is not None
    assert reloaded.status == 403
    expect(page.get_by_role("main")).to_contain_text("cancel")
    assert shown_reference(page) == reference
    screen.shoot_everywhere("certified-6-cancelled")
    again = page.get_by_role("link", name="Try again")
    again.focus()
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
    expect(page.get_by_role("link", name="Try again")).to_be_visible()
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
    page.wait_for_url(is_result_page)
    expect(page.get_by_role("link", name="Try again")).to_be_visible()
    shown_reference(page)
    screen.shoot_everywhere("certified-8-provider-away")
    screen.world.provider.reset()
    page.get_by_role("link", name="Try again").click()
    page.wait_for_url(f"**/user/{screen.world.people.allowed.name}/**", timeout=SPAWN_TIMEOUT)
