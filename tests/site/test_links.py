"""Every link inside the documentation leads to a page and to a place on it; so do those of README and its neighbours."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

REPOSITORY = Path(__file__).resolve().parents[2]
OUTSIDE = sorted(REPOSITORY.glob("*.md"))
"""README.md, CONTRIBUTING.md and others that GitHub shows."""


@cache
def anchors(page: Path) -> frozenset[str]:
    """The places on a built page."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    return frozenset(str(tag[key]) for key in ("id", "name") for tag in soup.find_all(attrs={key: True}))


def broken(site: Path, page: Path) -> list[str]:
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    found = []
    for tag in soup.find_all("a", href=True):
        address = urlsplit(str(tag["href"]))
        if address.scheme or address.netloc:
            continue
        target = (page.parent / unquote(address.path)).resolve() if address.path else page
        if not target.is_file() or not target.is_relative_to(site):
            found.append(f"{page.relative_to(site)}: {tag['href']}")
        elif address.fragment and target.suffix == ".html" and unquote(address.fragment) not in anchors(target):
            found.append(f"{page.relative_to(site)}: {tag['href']} has no such place")
    return found


def test_links_between_pages(site: Path) -> None:
    pages = [page for page in sorted(site.rglob("*.html")) if page.relative_to(site).parts[0][0] != "_"]
    assert len(pages) > 100
    assert [line for page in pages for line in broken(site.resolve(), page.resolve())] == []


def slugs(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a Markdown file."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.*?) *$", text, re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = next(n for n in range(100) if (f"{slug}-{n}" if n else slug) not in found)
        found.add(f"{slug}-{number}" if number else slug)
    return found


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path.name)
def test_links_of_a_file_that_github_shows(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(<?([^)\s>]+)>?\)", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, fragment = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if fragment and target.suffix == ".md":
            assert fragment in slugs(target.read_text(encoding="utf-8")), link


def test_github_s_anchors() -> None:
    assert slugs("# A `name`, and more\n\n## Same\n\n## Same\n") == {"a-name-and-more", "same", "same-1"}
