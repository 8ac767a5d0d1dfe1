"""The form in headless Chromium at a real Hub. Screenshots are in test-artifacts/screenshots."""

import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, SimpleAuthenticator
from oauthenticator_suite.errors import AccountUnusable
from oauthenticator_suite.local.forms.throttle import PAIR_FREE
from tests.e2e.certified_provider import skip_or_fail

SCREENSHOTS = Path(__file__).resolve().parents[2] / "test-artifacts" / "screenshots"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


class Directory(SimpleAuthenticator):
    async def authenticate(self, handler, data):
        if data["username"] == "expired":
            raise AccountUnusable("expired")
        return data["username"] if (data["password"], data.get("otp")) == ("right", "42") else None


@pytest.fixture
async def page():
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        skip_or_fail("no Chromium on this machine: apt-get install --no-install-recommends chromium")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        page = await browser.new_page(viewport=DESKTOP)
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda said: page.complaints.append(said.text) if "refused" in said.text.lower() else None)
        yield page
        assert page.complaints == []
        await browser.close()


async def shoot(page, name):
    """Take screenshots in the sizes of a desktop and a phone. The phone must not have to scroll sideways."""
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    await page.set_viewport_size(PHONE)
    await page.screenshot(path=SCREENSHOTS / f"{name}-phone.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await page.set_viewport_size(DESKTOP)


async def start(hubs, cls, **traits):
    config = Config()
    config.JupyterHub.authenticator_class = cls
    config[cls.__name__].update({"allow_all": True, "failure_delay": 0, **traits})
    return await hubs(config)


async def focused(page):
    return await page.evaluate("document.activeElement.name")


async def description_of(page, field):
    """The description that a screen reader adds to the field's label."""
    return await page.evaluate(
        """name => { const field = document.querySelector(`[name=${name}]`);
                     const id = field.getAttribute('aria-describedby');
                     return id && document.getElementById(id).textContent.trim(); }""",
        field,
    )


async def test_a_login_with_the_keyboard_only_after_a_wrong_password(hubs, page):
    hub = await start(hubs, DictionaryAuthenticator, passwords={"ada": "right"})
    await page.goto(f"{hub.url}/hub/home")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.get_by_label("Username")).to_be_focused()
    await expect(page.get_by_role("alert")).to_have_count(0)
    await shoot(page, "form")
    await page.keyboard.type("ada")
    await page.keyboard.press("Tab")
    await page.keyboard.type("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text(
        "This username and password do not match. Please check both and try again."
    )
    await expect(page.get_by_label("Username")).to_have_value("ada")
    assert await focused(page) == "password"
    assert (
        await description_of(page, "password")
        == "This username and password do not match. Please check both and try again."
    )
    await shoot(page, "form-wrong-password")
    await page.keyboard.type("right")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/hub/home")
    assert list(hub.accounts()) == ["ada"]


async def test_too_many_failures(hubs, page):
    hub = await start(hubs, DictionaryAuthenticator, passwords={"ada": "right"})
    for _ in range(PAIR_FREE):
        hub.authenticator.throttle.begin("ada", "127.0.0.1").failed()
    await page.goto(f"{hub.url}/hub/login")
    await page.get_by_label("Username").fill("ada")
    await page.get_by_label("Password", exact=True).fill("right")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("There were too many tries.")
    await expect(page.get_by_role("timer")).to_contain_text("You can try again in 0:")
    await shoot(page, "form-too-many-failures")


async def test_a_code_and_an_account_that_may_not_be_used(hubs, page):
    hub = await start(
        hubs, Directory, request_otp=True, otp_prompt="Code of your app:", login_service="your library card"
    )
    await page.goto(f"{hub.url}/hub/login")
    await expect(page.get_by_role("form", name="Sign in with your library card")).to_be_visible()
    await shoot(page, "form-with-code")
    await page.get_by_label("Username").fill("expired")
    await page.get_by_label("Password", exact=True).fill("right")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("main")).to_contain_text("the account has expired or needs a new password")
    await expect(page.get_by_role("main")).to_contain_text("Reference")
    await shoot(page, "form-account-unusable")
    await page.get_by_role("link", name="Back to the sign-in page").click()
    await page.get_by_label("Username").fill("ada")
    await page.get_by_label("Password", exact=True).fill("right")
    await page.get_by_label("Code of your app:").fill("42")
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/hub/home")


async def test_signed_in_and_not_allowed(hubs, page):
    hub = await start(hubs, DictionaryAuthenticator, passwords={"ada": "right"}, blocked_users={"ada"})
    await page.goto(f"{hub.url}/hub/login")
    await page.get_by_label("Username").fill("ada")
    await page.get_by_label("Password", exact=True).fill("right")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("main")).to_contain_text("You signed in as ada.")
    await shoot(page, "form-not-allowed")


@pytest.mark.parametrize("option", ["username", "password"])
async def test_an_empty_field_is_not_sent(hubs, page, option):
    hub = await start(hubs, DictionaryAuthenticator, passwords={"ada": "right"})
    await page.goto(f"{hub.url}/hub/login")
    await page.get_by_label("Username" if option == "password" else "Password", exact=True).fill("ada")
    await page.get_by_role("button", name="Sign in").click()
    assert await focused(page) == option
    assert not hub.log.lines_with("login failed for")
