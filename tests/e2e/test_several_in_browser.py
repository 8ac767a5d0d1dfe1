"""The page with several ways to sign in, as people see, hear and type it: headless Chromium, with screenshots."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .provider_sites import Account
from .screens import Screen, open_screen, shown_reference
from .several import AT_CAMPUS, Several, Way, password_of
from .worlds import is_result_page

WAYS = [
    "Sign in with the university",
    "Sign in with the lab",
    "Sign in with the server",
    "Sign in with a guest's password",
]


@pytest.fixture
def screen(chromium: Browser, several: Several) -> Iterator[Screen]:
    """A window at the page that offers all of them."""
    for screen in open_screen(chromium, several.campus):
        screen.page.goto(several.hub.page("login?next=%2Fhub%2Fhome"))
        yield screen


def guests_form(page: Page) -> Locator:
    return page.get_by_role("form", name="Sign in with a guest's password")


def by_provider(screen: Screen, way: Way, account: Account) -> None:
    """From the Hub's page through the provider's, until it sends the browser back."""
    screen.world = way
    screen.page.get_by_role("link", name=WAYS[0] if way.provider == "campus" else WAYS[1]).click()
    screen.page.wait_for_url(way.site.issuer + "/**")
    screen.sign_in(account)


def by_guests_password(page: Page, name: str, password: str) -> None:
    form = guests_form(page)
    form.get_by_label("Username").fill(name)
    form.get_by_label("Password", exact=True).fill(password)
    form.get_by_role("button", name="Sign in").click()


def log_in(screen: Screen, several: Several, provider: str) -> str:
    """Sign in as a user of `provider` on the page that is shown. Returns the name."""
    if provider == "guests":
        by_guests_password(screen.page, "gina", password_of("gina"))
        return "gina"
    if provider == "lab":
        by_provider(screen, several.lab, Account("ravi"))
        return "ravi"
    by_provider(screen, several.campus, AT_CAMPUS["bob"])
    return "bob"


def log_out(screen: Screen, several: Several) -> None:
    """Also at the provider, which may ask whether one is sure."""
    page = screen.page
    page.goto(several.hub.page("logout"))
    sure = page.locator("button[name=logout]")
    if sure.count():
        sure.click()
    page.wait_for_url(several.hub.page("health"))
    page.goto(several.hub.page("login?next=%2Fhub%2Fhome"))


@pytest.mark.parametrize("order", [("campus", "lab", "guests"), ("guests", "lab", "campus")], ids="-".join)
def test_a_login_by_each_in_one_browser(screen: Screen, several: Several, order: tuple[str, ...]) -> None:
    for provider in order:
        name = log_in(screen, several, provider)
        screen.page.wait_for_url(several.hub.page("home"))
        expect(screen.page.locator("#login_widget")).to_contain_text(name)
        log_out(screen, several)


def test_the_page_for_eyes_ears_and_keyboard(screen: Screen) -> None:
    page = screen.page
    screen.shoot_everywhere("several")
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["Sign in to JupyterHub"]
    assert page.get_by_role("main").get_by_role("heading", level=2).all_inner_texts() == WAYS[2:]
    assert page.locator("#insecure-login-warning").count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))
    assert page.locator(".si-way .si-mark > svg").count() == 2  # a picture on each button, in the colour of the text
    for name in WAYS[2:]:
        form = page.get_by_role("form", name=name)
        for label in ("Username", "Password"):
            expect(form.get_by_label(label, exact=True)).to_be_visible()
        expect(form.get_by_role("button", name="Sign in")).to_be_visible()

    stops, form = [], ""
    for _ in range(20):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => { const one = document.activeElement;
                       return one.closest("main") && (one.id || one.ariaLabel || one.innerText.trim()); }"""
        )
        if stop:
            stops.append({"Show password": f"{form}-show", "Sign in": f"{form}-submit"}.get(stop, stop))
            form = stop.partition("-")[0] if stop.endswith("_input") else form
        elif stops:
            break
    assert stops == [
        *WAYS[:2],
        *(
            f"{way}-{field}"
            for way in ("server", "guests")
            for field in ("username_input", "password_input", "show", "submit")
        ),
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_has_the_focus_is_seen(screen: Screen, theme: str) -> None:
    page = screen.page
    page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
    button = page.get_by_role("link", name=WAYS[1])
    page.get_by_role("link", name=WAYS[0]).focus()
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    expect(button).to_have_css("outline-style", "solid")
    expect(button).to_have_css("outline-width", "3px")
    screen.shoot_everywhere(f"several-focus-{theme}")


def test_a_wrong_password_and_then_another_way(screen: Screen, several: Several) -> None:
    page = screen.page
    by_guests_password(page, "gina", "wrong")
    expect(page.get_by_role("alert")).to_have_text(
        "This username and password do not match. Please check both and try again."
    )
    expect(page.get_by_label("Username")).to_have_value("gina")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    expect(page.get_by_role("form", name="Sign in with a guest's password")).to_be_visible()
    screen.shoot_everywhere("several-wrong-password")
    page.get_by_role("link", name="Other ways to sign in").click()
    by_provider(screen, several.lab, Account("ravi"))
    page.wait_for_url(several.hub.page("home"))


def test_a_name_that_is_somebody_elses(screen: Screen, several: Several) -> None:
    """The second bob reads what has happened, and the first finds the way that is his."""
    page = screen.page
    by_provider(screen, several.campus, AT_CAMPUS["bob"])
    page.wait_for_url(several.hub.page("home"))
    log_out(screen, several)
    by_provider(screen, several.lab, Account("bob"))
    page.wait_for_url(is_result_page)
    expect(page.get_by_role("heading", level=1)).to_have_text("The name bob is already taken")
    expect(page.get_by_role("main")).to_contain_text("belongs to an account that signs in with the university")
    shown_reference(page)
    screen.shoot_everywhere("several-conflict")
    page.get_by_role("link", name="Sign in with the university").focus()
    page.keyboard.press("Enter")
    screen.sign_in(AT_CAMPUS["bob"])
    page.wait_for_url(several.hub.page("home"))
