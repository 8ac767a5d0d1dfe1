"""Chromium, and the gallery of pages."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.e2e.certified_provider import skip_or_fail

from .gallery import Gallery, opened_gallery


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium, without a window."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        skip_or_fail("no Chromium on this machine: apt-get install --no-install-recommends chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        await browser.close()


@pytest.fixture
async def gallery() -> AsyncIterator[Gallery]:
    """Hubs on which every page can be seen."""
    async with opened_gallery() as gallery:
        yield gallery
