"""A tutorial as a reader walks it: files to write and commands to run, in a folder of the test's own."""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from jupyterhub.crypto import KEY_ENV
from PIL import Image
from playwright.async_api import async_playwright
from traitlets.config import Config

from oauthenticator_suite.cli.configuration.sources import read
from tests.docs.pages import DOCS
from tests.support import Browser, Hub, HubState, start_hub
from tests.support.system_tools import require_program

REPOSITORY = DOCS.parent
CHROMIUM = ("chromium", "/usr/bin", "chromium")
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
WRITE = re.compile(r"[Ww]rite `([\w./-]+)`[^`]*?:\s*\Z")
ADD = re.compile(r"[Aa]dd [^`]*?to `([\w./-]+)`[^`]*?:\s*\Z")


class Tutorial:
    """A page of docs/tutorials. What the reader has to write and to run must be used up by the test.

    Attributes
    ----------
    written:
        Texts of files, by the name that the sentence above the block says ("Write `names.txt`:").
    changes:
        What is another value here than on the page: addresses and identifiers, in files and commands.
    added:
        Texts that the reader adds to a file ("Add two lines to `jupyterhub_config.py`:").
    commands:
        The lines of consoles, without the prompt.
    """

    def __init__(self, name: str, folder: Path, part: str = "") -> None:
        self.name = name
        self.folder = folder
        self.changes: dict[str, str] = {}
        self.text = (DOCS / "tutorials" / f"{name}.md").read_text(encoding="utf-8").partition(part or "# ")[2]
        self.state = HubState(directory=folder)
        (folder / "jupyterhub.sqlite").symlink_to("hub.sqlite")  # where the commands look for it
        self.written: dict[str, str] = {}
        self.added: dict[str, list[str]] = {}
        self.commands: list[str] = []
        self.other_blocks: list[str] = []
        for match in FENCE.finditer(self.text):
            indent, kind, block = match.groups()
            code = re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)
            above = self.text[: match.start()]
            if kind in ("console", "bash"):
                self.commands += re.findall(
                    r"^\$ (?!argon2)(.*)$" if kind == "console" else r"^(.+)$", code, re.MULTILINE
                )
            elif found := WRITE.search(above):
                assert found[1] not in self.written, f"{name} writes {found[1]} twice"
                self.written[found[1]] = code
            elif found := ADD.search(above):
                self.added.setdefault(found[1], []).append(code)
            else:
                self.other_blocks.append(code)

    def says(self, sentence: str) -> bool:
        """Whether the page has a sentence, wherever its lines are broken."""
        return re.sub(r"\s+", " ", sentence) in re.sub(r"\s+", " ", re.sub(r"(?m)^> ?|\*\*", "", self.text))

    # --- the reader's hands ------------------------------------------------------------------------------------------

    def write(self, name: str) -> None:
        """Write a file as the page shows it."""
        self._put(name, self.written.pop(name))

    def add(self, name: str) -> None:
        """Add the next lines to a file."""
        lines = self.added[name]
        before = (self.folder / name).read_text(encoding="utf-8")
        self._put(name, f"{before}\n{lines.pop(0)}")
        if not lines:
            del self.added[name]

    def _put(self, name: str, text: str) -> None:
        (self.folder / name).write_text(self._changed(text), encoding="utf-8")

    def _changed(self, text: str) -> str:
        for example, value in self.changes.items():
            text = text.replace(example, value)
        return text

    def skip(self, *commands: str) -> None:
        """What the test does in another way, or a reader does once on the machine."""
        for command in commands:
            self.commands.remove(command)

    async def run(self, command: str, typed: str = "", status: int = 0, quiet: bool = False) -> str:
        """Run a command of the page in the folder; its output, if `quiet` without that on standard error.

        `typed` is what the reader types.
        """
        self.commands.remove(command)
        return await self.again(command, typed, status, quiet)

    async def again(self, command: str, typed: str = "", status: int = 0, quiet: bool = False) -> str:
        """Run a command that the page has had before."""
        command = re.sub("^oauthenticator-suite ", "python -m oauthenticator_suite ", self._changed(command))
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", command),
            cwd=self.folder,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(REPOSITORY), KEY_ENV: self.state.crypt_key},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL if quiet else asyncio.subprocess.STDOUT,
        )
        output = (await process.communicate(typed.encode()))[0].decode()
        assert process.returncode == status, f"{command}\n{output}"
        return output

    def configuration(self) -> Config:
        """What the Hub reads from `jupyterhub_config.py`; it listens where the test wants it to."""
        config = read([self.folder / "jupyterhub_config.py"]).config
        for option in ("bind_url", "public_url", "spawner_class", "db_url"):
            config.JupyterHub.pop(option, None)
        return config

    def hub(self, config: Config | None = None) -> AbstractAsyncContextManager[Hub]:
        """The reader starts the Hub: ``jupyterhub``. Its database is in the folder."""
        return start_hub(config or self.configuration(), self.state)

    def assert_walked(self) -> None:
        """Nothing on the page is left to do."""
        assert (self.written, self.added, self.commands) == ({}, {}, [])


async def take_picture(
    browser: Browser,
    url: str,
    picture: Path,
    *,
    height: int = 640,
    width: int = 900,
    form: Mapping[str, str] | None = None,
) -> None:
    """Take a picture of a page for the documentation, if ``PICTURES=1`` is in the environment.

    With `form`, the picture is of the page after a form with these fields, by their names, was sent.
    """
    if not os.environ.get("PICTURES"):
        return
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=str(require_program(*CHROMIUM)), args=["--no-sandbox", "--disable-gpu"]
        )
        context = await chromium.new_context(viewport={"width": width, "height": height}, locale="en")
        await context.add_cookies(
            [
                {"name": each.key, "value": each.value, "domain": "127.0.0.1", "path": each["path"] or "/"}
                for each in browser._session.cookie_jar
            ]
        )
        window = await context.new_page()
        await window.goto(url)
        for name, value in (form or {}).items():
            await window.locator(f"input[name={name}]").fill(value)
        if form:
            await window.get_by_role("button", name="Sign in").click()
            await window.wait_for_load_state()
        taken = Image.open(io.BytesIO(await window.screenshot())).convert("RGB")
        picture.parent.mkdir(exist_ok=True)
        taken.quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(picture, optimize=True)
        await chromium.close()
