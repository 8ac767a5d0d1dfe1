"""What a screen reader gets of each page: the accessibility tree of Chromium.

The tree of each page is held as text in ``spoken/``. With ``APPROVE=1`` in the environment, the trees of this run become
the approved ones: read them, from top to bottom, as they would be read aloud.
"""

from __future__ import annotations

import difflib
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from .gallery import LONG_NAME, PAGES, Gallery

SPOKEN = Path(__file__).parent / "spoken"

CONTROLS = {"button", "link", "textbox", "searchbox", "checkbox", "combobox", "DisclosureTriangle", "radio", "switch"}
"""Roles of what a user can operate. Each needs a name."""

ANSWERS = {"wrong-password", "too-many-tries"}
"""Pages that answer a form: the mistake is announced at once, and the field refers to it."""

_CHANGING = (
    (r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", "REFERENCE"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "TIME"),
    (r"in \d+:\d\d", "in 0:00"),
    (r"\b\d+(?:\.\d+)? (?:ms|s|min|h|d)\b(?: \d+ (?:min|h))?", "DURATION"),
    (r"127\.0\.0\.1:\d+", "HUB"),
    (r"at most: \d+", "at most: COUNT"),
)
"""What differs from run to run, and what stands for it."""

ONE_FINDING = """() => {
  const [first, ...others] = document.querySelectorAll("td[lang=en]");
  if (first) first.textContent = "What the check has found.";
  for (const each of others) each.parentElement.remove();
}"""
"""The status page shows what the check of the configuration finds: one finding stands for all."""


async def tree_of(window: Page) -> list[dict[str, Any]]:
    """The nodes of the accessibility tree that a screen reader gets."""
    session = await window.context.new_cdp_session(window)
    nodes = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    await session.detach()
    return [node for node in nodes if not node["ignored"]]


def role(node: dict[str, Any]) -> str:
    return str(node["role"]["value"])


def name(node: dict[str, Any]) -> str:
    return str(node.get("name", {}).get("value", "")).strip()


def properties(node: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each["value"].get("value") for each in node.get("properties", ())}


def spoken(text: str) -> str:
    for pattern, stands_for in _CHANGING:
        text = re.sub(pattern, stands_for, text)
    return text + "\n"


def problems_of(page: str, nodes: list[dict[str, Any]]) -> list[str]:
    """What is wrong in the tree of a page."""
    found = []
    headings = [properties(node)["level"] for node in nodes if role(node) == "heading"]
    if headings.count(1) != 1 or headings[0] != 1:
        found.append(f"the levels of headings are {headings}: one of level 1, and it comes first")
    if any(after > before + 1 for before, after in pairwise(headings)):
        found.append(f"the levels of headings are {headings}: one is left out")
    if [role(node) for node in nodes].count("main") != 1:
        found.append("not one landmark of the role main")
    if not name(nodes[0]).endswith((" · Ocean Data Hub", f" · {LONG_NAME}")):
        found.append(f"the title is {name(nodes[0])!r}")
    found += [f"a {role(node)} without a name" for node in nodes if role(node) in CONTROLS and not name(node)]
    links: dict[str, set[str]] = {}
    for node in nodes:
        if role(node) == "link":
            url = str(properties(node).get("url", "")).partition("?subject=")[0]
            links.setdefault(name(node), set()).add(url)
    found += [f"links with the same name {text!r} lead to {urls}" for text, urls in links.items() if len(urls) > 1]
    alerts = [node for node in nodes if role(node) == "alert"]
    invalid = [node for node in nodes if role(node) == "textbox" and properties(node).get("invalid") == "true"]
    if (page in ANSWERS) != bool(alerts):
        found.append(f"{len(alerts)} alerts")
    if page == "wrong-password" and not invalid:
        found.append("no field is invalid")
    found += [
        f"the invalid {name(node)} has no description"
        for node in invalid
        if not node.get("description", {}).get("value")
    ]
    return found


async def test_every_page_as_it_is_read(gallery: Gallery, chromium: Browser) -> None:
    problems = []
    for page, visit in PAGES.items():
        context = await chromium.new_context(reduced_motion="reduce", locale="en")
        window = await visit(gallery, context)
        language = await window.evaluate("[document.documentElement.lang, document.querySelector('main').lang]")
        found = problems_of(page, await tree_of(window))
        found += [] if "en" in language else [f"the language is {language}"]
        await window.evaluate(ONE_FINDING)
        text = spoken(await window.locator("main").aria_snapshot())
        await context.close()
        approved = SPOKEN / f"{page}.yaml"
        if os.environ.get("APPROVE"):
            SPOKEN.mkdir(exist_ok=True)
            approved.write_text(text, encoding="utf-8")
        before = approved.read_text(encoding="utf-8") if approved.exists() else ""
        found += difflib.unified_diff(before.splitlines(), text.splitlines(), "approved", "now", lineterm="", n=1)
        problems += [f"{page}: {problem}" for problem in found]
    assert not problems, "\n".join(problems)


async def test_the_language_is_told(gallery: Gallery, chromium: Browser) -> None:
    """A screen reader chooses its voice by it. The Hub's own frame stays English."""
    for language, direction, heading in (
        ("de", "ltr", "Bei Ocean Data Hub anmelden"),
        ("ar", "rtl", "تسجيل الدخول إلى Ocean Data Hub"),
    ):
        context = await chromium.new_context(locale=language)
        window = await gallery.open(context, f"{gallery.one.url}/hub/login")
        main = window.locator("main")
        assert (await main.get_attribute("lang"), await main.get_attribute("dir")) == (language, direction)
        assert [name(node) for node in await tree_of(window) if role(node) == "heading"] == [heading]
        await context.close()


async def test_a_page_without_a_heading_would_be_found(chromium: Browser) -> None:
    """The rules of this module can fail."""
    window = await chromium.new_page()
    await window.set_content(
        "<title>x</title><h2>Later</h2><h1>First</h1><button></button><a href='https://a.example'>More</a><a href='https://b.example'>More</a>"
        "<input aria-label=Name aria-invalid=true>"
    )
    found = "\n".join(problems_of("wrong-password", await tree_of(window)))
    for expected in (
        "levels of headings are [2, 1]",
        "not one landmark",
        "the title is 'x'",
        "a button without a name",
        "links with the same name 'More'",
        "0 alerts",
        "the invalid Name has no description",
    ):
        assert expected in found
    await window.close()
