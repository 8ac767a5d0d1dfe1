"""The search finds the right page, in a browser that opens the files without a server and without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.e2e.certified_provider import skip_or_fail

CHROMIUM = "/usr/bin/chromium"
THREE_RESULTS_OR_ALL = "#search-results li:nth-child(3) > a, #search-results p.search-summary:not(:empty)"
"""The page adds one result after the other, and writes how many there are when it has added the last."""

WANTED = {
    "azure": "how-to/entra",
    "cookie": "explanation/security",
    "groups": "how-to/groups-and-admins",
    "keycloak": "how-to/keycloak",
    "logout": "how-to/logout",
    "403": "how-to/troubleshooting",
    "admin": "how-to/groups-and-admins",
    "kubernetes": "how-to/zero-to-jupyterhub",
    "ldap": "migrating/from-ldap",
    "password": "how-to/users-in-a-dictionary",
    "prometheus": "how-to/monitoring",
    "wikipedia": "how-to/mediawiki",
    "OAUTH_CLIENT_ID": "reference/environment-variables",
    "allowed_organizations": "reference/options/github",
    "session_max_age": "reference/options/shared",
}
"""What a reader types, and the page that must be among the first three."""


async def results(site: Path, words: list[str]) -> dict[str, list[str]]:
    """The pages that the search of the documentation shows first for each word, in its order."""
    found: dict[str, list[str]] = {}
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = await chromium.new_context(offline=True)
        page = await context.new_page()
        for word in words:
            await page.goto(f"{(site / 'search.html').as_uri()}?q={word}")
            await page.locator(THREE_RESULTS_OR_ALL).first.wait_for()
            links = page.locator("#search-results ul.search > li > a")
            found[word] = [
                str(href).split("#")[0].removesuffix(".html")
                for href in await links.evaluate_all("links => links.map(link => link.getAttribute('href'))")
            ]
        await chromium.close()
    return found


@pytest.fixture
def _chromium() -> None:
    if not Path(CHROMIUM).exists():
        skip_or_fail("Chromium is not installed: apt-get install chromium")


@pytest.mark.usefixtures("_chromium")
async def test_the_right_page_is_among_the_first_three(site: Path) -> None:
    found = await results(site, [*WANTED, "zzzyx"])
    assert found.pop("zzzyx") == []
    missed = {word: found[word][:4] for word, page in WANTED.items() if page not in found[word][:3]}
    assert missed == {}


@pytest.mark.parametrize("name", ["index.html", "search.html", "reference/options/github.html"])
def test_a_page_loads_nothing_from_elsewhere(site: Path, name: str) -> None:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser")
    loaded = [tag.get("src") for tag in soup.select("script[src], img[src], iframe[src]")]
    loaded += [tag.get("href") for tag in soup.select("link[rel~=stylesheet], link[rel~=icon], link[rel~=preload]")]
    assert len(loaded) > 3
    assert [address for address in loaded if str(address).startswith(("http:", "https:", "//"))] == []
