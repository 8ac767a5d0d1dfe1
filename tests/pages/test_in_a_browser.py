"""Every page in Chromium, in both themes and three sizes: accessible, not wider than the window, and as approved."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

from PIL import Image, ImageChops, ImageStat
from playwright.async_api import Browser, Page

from tests.e2e.certified_provider import skip_or_fail

from .gallery import PAGES, Gallery

SIZES = {"desktop": (1280, 800), "tablet": (768, 1024), "phone": (360, 740)}
THEMES = ("light", "dark")

HERE = Path(__file__).parent
AXE = HERE / "axe/node_modules/axe-core/axe.min.js"
APPROVED = HERE / "approved"
SHOTS = Path(__file__).resolve().parents[2] / "test-artifacts" / "pages"

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THUMBNAIL = (160, 100)
TOLERANCE = 8.0
"""How much two thumbnails may differ on average, of 255: fonts and their smoothing differ between machines."""


async def test_every_page(gallery: Gallery, chromium: Browser) -> None:
    """axe-core finds nothing, nothing is wider than the window, no request leaves the Hub, and the look is as approved.

    With ``APPROVE=1`` in the environment the pictures that this run takes become the approved ones.
    """
    if not AXE.exists():
        skip_or_fail(f"no axe-core: npm --prefix {AXE.parents[2].relative_to(HERE.parents[1])} ci")
    problems = []
    for name, visit in PAGES.items():
        context = await chromium.new_context(reduced_motion="reduce", locale="en")
        requests: list[str] = []
        context.on("request", lambda request, made=requests: made.append(request.url))
        window = await visit(gallery, context)
        await window.evaluate(AXE.read_text(encoding="utf-8"))
        for theme, (size, (width, height)) in product(THEMES, SIZES.items()):
            await window.set_viewport_size({"width": width, "height": height})
            await window.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
            found = [*await _accessibility(window), *await _look(window, f"{name}.{size}.{theme}")]
            wide = await window.evaluate("document.documentElement.scrollWidth - innerWidth")
            found += [f"{wide} px wider than the window"] if wide > 0 else []
            problems += [f"{name}, {size}, {theme}: {problem}" for problem in found]
        problems += [f"{name}: a request to {url}" for url in requests if "//127.0.0.1:" not in url]
        await context.close()
    assert not problems, "\n".join(problems)


async def _accessibility(window: Page) -> list[str]:
    # axe-core cannot tell the contrast of text over a gradient: it is checked over the plain colour
    await window.evaluate("document.querySelector('.si').style.background = 'var(--si-page)'")
    found = await window.evaluate("rules => axe.run(document, {runOnly: rules, preload: false})", RULES)
    await window.evaluate("document.querySelector('.si').style.background = ''")
    return [f"{each['id']} ({each['impact']}): {each['nodes'][0]['failureSummary']}" for each in found["violations"]]


async def _look(window: Page, name: str) -> list[str]:
    SHOTS.mkdir(parents=True, exist_ok=True)
    # what differs from run to run
    await window.evaluate(
        """() => { for (const [what, text] of [['code', '7QK2-M4XD'], ['wait', 'You can try again in 1:58.']])
             for (const each of document.querySelectorAll(`[data-si-${what}]`)) each.textContent = text }"""
    )
    await window.screenshot(path=SHOTS / f"{name}.png")
    taken = Image.open(SHOTS / f"{name}.png").convert("L").resize(THUMBNAIL, Image.Resampling.LANCZOS)
    approved = APPROVED / f"{name}.png"
    if os.environ.get("APPROVE"):
        APPROVED.mkdir(exist_ok=True)
        taken.save(approved, optimize=True)
        return []
    if not approved.exists():
        return ["there is no approved picture: look at it, and run the test with APPROVE=1"]
    difference = ImageStat.Stat(ImageChops.difference(taken, Image.open(approved))).mean[0]
    return [f"looks otherwise than approved ({difference:.1f} > {TOLERANCE})"] if difference > TOLERANCE else []
