"""The pictures of the pages in the documentation. With ``PICTURES=1`` in the environment they are taken anew."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser

from .gallery import PAGES, Gallery

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
FOLDER = HOW_TO / "pictures"
LARGEST = 60_000
"""Bytes."""

PICTURES = {
    "page-several-ways": ("several-ways", "light"),
    "page-several-ways-dark": ("several-ways", "dark"),
    "page-many-ways": ("many-ways", "light"),
    "page-wrong-password": ("wrong-password", "light"),
    "page-provider-down": ("provider-down", "light"),
    "page-provider-down-dark": ("provider-down", "dark"),
    "page-signed-out": ("signed-out", "light"),
}
"""The pictures of docs/how-to/pages.md: the page, and the theme."""

SIZE = {"width": 720, "height": 640}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small_and_on_the_page(name: str) -> None:
    shown = re.findall(r"!\[([^\]]+)\]\(pictures/([^)]+)\.png\)", (HOW_TO / "pages.md").read_text(encoding="utf-8"))
    assert [len(text) > 40 for text, file in shown if file == name] == [True], "not shown once, with a description"
    picture = FOLDER / f"{name}.png"
    assert picture.stat().st_size < LARGEST
    with Image.open(picture) as image:
        assert image.width == SIZE["width"]


async def test_take_the_pictures(gallery: Gallery, chromium: Browser) -> None:
    """Each page can be seen as in its picture; the files change with ``PICTURES=1`` only."""
    for name, (page, theme) in PICTURES.items():
        context = await chromium.new_context(reduced_motion="reduce", locale="en", viewport=SIZE)  # type: ignore[arg-type]
        window = await PAGES[page](gallery, context)
        await window.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        await window.evaluate(
            "for (const each of document.querySelectorAll('[data-si-code]')) each.textContent = '7QK2-M4XD'"
        )
        bottom = await window.evaluate("document.querySelector('.si-footer').getBoundingClientRect().bottom")
        await window.set_viewport_size({"width": SIZE["width"], "height": round(bottom) + 24})
        taken = Image.open(io.BytesIO(await window.screenshot())).convert("RGB")
        assert taken.width == SIZE["width"]
        await context.close()
        if os.environ.get("PICTURES"):
            small = taken.quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            small.save(FOLDER / f"{name}.png", optimize=True)
