"""The pages that are made from the code when the documentation is built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from oauthenticator_suite import OAuthenticator, registry
from reference_pages.environment import all_variables
from reference_pages.options import options_of, public_classes
from tests.docs.pages import PAGES, page

MOST_BYTES = 60_000
PAGES_OF = {entry.cls: entry.name for entry in (*registry.PROVIDERS, *registry.OTHERS)} | {"OAuthenticator": "shared"}
CLASSES = {"OAuthenticator": OAuthenticator, **public_classes()}


def built(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("name", PAGES_OF)
def test_every_option_has_its_permanent_anchor(site: Path, name: str) -> None:
    soup = built(site, f"reference/options/{PAGES_OF[name]}")
    options = options_of(CLASSES[name])
    for option in options.all:
        place = soup.find(id=f"{name}.{option.name}")
        assert place is not None, option.name
        whole = place if place.name == "section" else place.find_next("dd")
        assert whole is not None
        for variable in option.variables:
            assert variable in whole.get_text(), (option.name, variable)
        assert ("JupyterHub’s option" in whole.get_text()) == (option.of_hub and not option.old_name_of), option.name
    first = soup.find("h2")
    assert first is not None
    assert name == "OAuthenticator" or first.get_text().startswith("Own options")


def test_the_entry_page_leads_to_every_class_and_every_option(site: Path) -> None:
    links = {str(tag["href"]) for tag in built(site, "reference/options").select("article a[href]")}
    for name in CLASSES:
        page_of = f"options/{PAGES_OF[name]}.html"
        assert page_of in links
        for option in options_of(CLASSES[name]).own:
            assert f"{page_of}#{name}.{option.name}" in links
    for option in options_of(OAuthenticator).others:
        assert f"options/shared.html#OAuthenticator.{option.name}" in links


def test_the_page_of_variables_has_every_variable(site: Path) -> None:
    text = built(site, "reference/environment-variables").get_text()
    for variable in all_variables():
        assert variable.name in text


def test_the_index_of_the_reference_has_one_line_for_each_page() -> None:
    text = page("reference/index.md")
    links = re.findall(r"\(([\w-]+)\.md\)", text)
    names = {path.stem for path in PAGES if path.parent.name == "reference"} - {"index"}
    assert sorted(links) == sorted(names)


@pytest.mark.parametrize("name", ["index", "reference/options/github", "how-to/entra"])
def test_what_other_sites_show_of_a_page(site: Path, name: str) -> None:
    found = {
        str(tag.get("property") or tag.get("name")): str(tag["content"])
        for tag in built(site, name).find_all("meta", content=True)
    }
    assert found["og:title"]
    assert len(found["og:description"]) > 40
    assert found["og:url"].startswith("https://")
    assert found["og:image"].endswith("/_static/card.png")
    assert found["twitter:card"] == "summary_large_image"


def test_the_picture_for_other_sites(site: Path) -> None:
    card = site / "_static" / "card.png"
    assert card.stat().st_size < MOST_BYTES
    with Image.open(card) as picture:
        assert picture.size == (1200, 630)
