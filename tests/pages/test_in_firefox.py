"""The way through the pages in Firefox: with the mouse, with the keyboard only, and without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .firefox import ENTER, SPACE, TAB, Firefox, launched_firefox
from .gallery import UNIVERSITY, Gallery

SHOTS = Path(__file__).resolve().parents[2] / "test-artifacts" / "firefox"
USERNAME, PASSWORD, TERMS = "input[name=username]", "input[name=password]", "input[type=checkbox]"


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
async def firefox(request: pytest.FixtureRequest) -> AsyncIterator[Firefox]:
    """Firefox, with JavaScript and without."""
    async with launched_firefox(**{"javascript.enabled": request.param}) as firefox:
        yield firefox


async def submit(firefox: Firefox, username: str, password: str) -> None:
    await firefox.fill(USERNAME, username)
    await firefox.fill(PASSWORD, password)
    await firefox.tick(TERMS)
    await firefox.click("Sign in")


async def test_the_way_through_the_pages(gallery: Gallery, firefox: Firefox) -> None:
    one, form, several = gallery.one.url, gallery.form.url, gallery.several.url

    # one way: the user is sent to the provider and back
    await firefox.open(f"{one}/hub/login?next=%2Fhub%2Ftoken")
    assert f"You will go to {UNIVERSITY} and come straight back." in await firefox.text()
    await firefox.shoot(SHOTS / "one-provider.png")
    gallery.provider.user = "alice"
    await firefox.click(f"Sign in with {UNIVERSITY}")
    assert await firefox.where() == "hub/token"

    # sign out, and what the page offers then
    await firefox.go(f"{one}/hub/logout")
    said = await firefox.text()
    if "Sign out?" in said:  # the address was typed
        await firefox.click("Sign out")
        said = await firefox.text()
    assert "You are signed out of Ocean Data Hub" in said
    await firefox.click("Sign in again")
    assert await firefox.where() == "hub/login"

    # refused, and with another account
    gallery.provider.user = "carol"
    await firefox.click(f"Sign in with {UNIVERSITY}")
    assert "This account has no access to Ocean Data Hub You signed in as carol" in await firefox.text()
    await firefox.shoot(SHOTS / "refused.png")
    gallery.provider.user = "bob"
    await firefox.click("Use another account")
    assert (await firefox.where()).startswith("hub/")
    assert "oauth" not in await firefox.where()

    # a form: a wrong password, and the right one
    await firefox.open(f"{form}/hub/login?next=%2Fhub%2Ftoken")
    await submit(firefox, "carol", "wrong")
    assert "This username and password do not match." in await firefox.text()
    assert await firefox.attribute(USERNAME, "value") == "carol"
    assert await firefox.attribute(PASSWORD, "aria-invalid") == "true"
    assert await firefox.attribute("[role=alert]", "role") == "alert"
    await firefox.shoot(SHOTS / "wrong-password.png")
    await firefox.fill(PASSWORD, "a-secret")
    await firefox.tick(TERMS)
    await firefox.click("Sign in")
    assert await firefox.where() == "hub/token"

    # several ways, and a form next to them
    await firefox.open(f"{several}/hub/login?next=%2Fhub%2Ftoken")
    assert "Choose how you want to sign in." in await firefox.text()
    await firefox.shoot(SHOTS / "several-ways.png")
    await firefox.fill(USERNAME, "zoe")
    await firefox.fill(PASSWORD, "a-secret")
    await firefox.click("Sign in")
    assert await firefox.where() == "hub/token"
    await firefox.open(f"{several}/hub/login?next=%2Fhub%2Ftoken")
    await firefox.click(f"Sign in with {UNIVERSITY}")
    assert await firefox.where() == "hub/token"


async def test_with_the_keyboard_only(gallery: Gallery, firefox: Firefox) -> None:
    """The order of the focus is that of the page, and the field to type into has it from the beginning."""
    await firefox.open(f"{gallery.form.url}/hub/login?next=%2Fhub%2Ftoken")
    assert await firefox.focused() == "username"
    await firefox.press(*"carol", TAB, *"a-secret")
    for _ in range(4):  # the button that shows the password, if there are scripts, and the box
        await firefox.press(TAB)
        if await firefox.focused() == "login_terms_checkbox":
            break
    await firefox.press(SPACE, TAB)
    assert await firefox.focused() == "terms of use"
    await firefox.press(TAB)
    assert await firefox.focused() == "Sign in"
    await firefox.press(ENTER)
    await firefox.wait_for_path("hub/token")


async def test_names_and_widths(gallery: Gallery, firefox: Firefox) -> None:
    """What assistive technology gets in Firefox, and that nothing is wider than a phone."""
    await firefox.resize(500, 800)
    for url in (gallery.one.url, gallery.form.url, gallery.several.url, gallery.many.url):
        await firefox.open(f"{url}/hub/login")
        content, window = await firefox.width()
        assert content <= window
    assert await firefox.computed("main") == ("main", "")
    assert await firefox.computed("input[type=search]") == ("searchbox", "Find your organisation")
    await firefox.open(f"{gallery.form.url}/hub/login")
    assert await firefox.computed(USERNAME) == ("textbox", "Username")
    assert (await firefox.computed(PASSWORD))[1] == "Password"
    role, label = await firefox.computed(TERMS)
    assert role == "checkbox"
    assert label.startswith("I accept the terms of use")
