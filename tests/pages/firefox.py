"""Firefox without a window, driven by Mozilla's own client of its remote protocol (Marionette)."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
import threading
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tests.e2e.certified_provider import skip_or_fail

with warnings.catch_warnings():  # of Python, about regular expressions in what it imports
    warnings.simplefilter("ignore")
    from marionette_driver.by import By
    from marionette_driver.keys import Keys
    from marionette_driver.marionette import Marionette
    from marionette_driver.wait import Wait

T = TypeVar("T")

STARTUP_TIMEOUT, PAGE_TIMEOUT = 60, 30
"""Seconds."""

PREFERENCES = {
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "intl.accept_languages": "en",
    "marionette.port": 0,  # a free one, which Firefox writes into its profile
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "signon.rememberSignons": False,
    "toolkit.telemetry.enabled": False,
    "ui.prefersReducedMotion": 1,
}


class Firefox:
    """One window. Every call is made in a thread, so that the Hubs of this process can answer it."""

    def __init__(self, client: Marionette) -> None:
        self._client = client

    async def _call(self, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.to_thread(partial(function, *args))

    async def open(self, url: str) -> None:
        """Load `url`, without the cookies of earlier pages."""
        await self._call(self._client.delete_all_cookies)
        await self.go(url)

    async def go(self, url: str) -> None:
        await self._call(self._client.navigate, url)

    async def where(self) -> str:
        """The path of the present page."""
        return str(await self._call(self._client.get_url)).partition("://")[2].partition("/")[2]

    async def wait_for_path(self, path: str) -> None:
        """Wait until the page with this path has come: pressing a key does not wait for what it leads to."""
        wait = Wait(self._client, timeout=PAGE_TIMEOUT)
        await self._call(wait.until, lambda client: client.get_url().endswith(f"/{path}"))

    async def text(self) -> str:
        """What the page says, with white space as single spaces."""
        main = await self._call(self._client.find_element, By.TAG_NAME, "main")
        return " ".join(str(await self._call(getattr, main, "text")).split())

    async def click(self, text: str) -> None:
        """Click on the link or button with this text."""
        said = f"normalize-space(.)={json.dumps(text)}"
        path = f"//main//*[self::a or self::button or self::summary][{said} or .//span[{said}]]"
        element = await self._call(self._client.find_element, By.XPATH, path)
        await self._call(element.click)

    async def fill(self, selector: str, text: str) -> None:
        """Type `text` into the field."""
        element = await self._call(self._client.find_element, By.CSS_SELECTOR, selector)
        await self._call(element.send_keys, text)

    async def tick(self, selector: str) -> None:
        """Tick the box."""
        await self._call((await self._call(self._client.find_element, By.CSS_SELECTOR, selector)).click)

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, wherever the focus is."""
        for key in keys:
            await self._call(self._client.actions.sequence("key", "keyboard").send_keys(key).perform)

    async def focused(self) -> str:
        """What has the focus: its text, or its label."""
        element = await self._call(self._client.get_active_element)
        text = await self._call(getattr, element, "text")
        return " ".join(str(text or await self._call(element.get_attribute, "name") or "").split())

    async def attribute(self, selector: str, name: str) -> str | None:
        """An attribute of the first element that `selector` finds."""
        element = await self._call(self._client.find_element, By.CSS_SELECTOR, selector)
        value: str | None = await self._call(element.get_attribute, name)
        return value

    async def computed(self, selector: str) -> tuple[str, str]:
        """The role and the name that assistive technology gets of an element."""
        element = await self._call(self._client.find_element, By.CSS_SELECTOR, selector)
        return (
            str(await self._call(getattr, element, "computed_role")),
            str(await self._call(getattr, element, "computed_label")),
        )

    async def width(self) -> tuple[int, int]:
        """The width of the page's content and of the window, in pixels."""
        script = "return [document.documentElement.scrollWidth, innerWidth]"
        content, window = await self._call(self._client.execute_script, script)
        return int(content), int(window)

    async def resize(self, width: int, height: int) -> None:
        await self._call(partial(self._client.set_window_rect, width=width, height=height))

    async def shoot(self, path: Path) -> None:
        """Take a picture of the page."""
        image = await self._call(partial(self._client.screenshot, format="binary", full=False))
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(path.write_bytes, image)


@asynccontextmanager
async def launched_firefox(**preferences: Any) -> AsyncIterator[Firefox]:
    """The system's Firefox, until the end of the block, with these preferences in addition to `PREFERENCES`."""
    path = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
    if path is None:
        skip_or_fail("no Firefox on this machine: apt-get install --no-install-recommends firefox-esr")
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as folder:
        profile = Path(folder)
        lines = [
            f"user_pref({json.dumps(key)}, {json.dumps(value)});"
            for key, value in {**PREFERENCES, **preferences}.items()
        ]
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        process = subprocess.Popen(  # noqa: ASYNC220 - it only starts here
            [path, "--headless", "--no-remote", "--marionette", "--profile", folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"HOME": folder, "PATH": "/usr/bin:/bin", "MOZ_CRASHREPORTER_DISABLE": "1"},
        )
        try:
            port = await asyncio.to_thread(_port_of, profile, process)
            client = Marionette(host="127.0.0.1", port=port)
            await asyncio.to_thread(client.start_session)
            yield Firefox(client)
            await asyncio.to_thread(client.delete_session)
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 30)


def _port_of(profile: Path, process: subprocess.Popen[bytes]) -> int:
    """The port at which this Firefox listens, once it does."""
    file, pause = profile / "MarionetteActivePort", threading.Event()
    for _ in range(STARTUP_TIMEOUT * 10):
        if file.exists() and (text := file.read_text().strip()):
            return int(text)
        assert process.poll() is None, "Firefox has ended"
        pause.wait(0.1)
    raise AssertionError(f"Firefox does not listen after {STARTUP_TIMEOUT} s")


TAB, ENTER, SPACE = Keys.TAB, Keys.ENTER, " "
