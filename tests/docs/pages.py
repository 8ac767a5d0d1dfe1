"""The pages of the documentation, and the code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from oauthenticator_suite import OAuthenticator

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of Python on a page. `section` is the heading above it."""

    page: Path
    line: int
    section: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(DOCS)}:{self.line}"

    @property
    def is_configuration(self) -> bool:
        """Whether it sets options, as a `jupyterhub_config.py` does."""
        return re.search(r"^c\.", self.code, re.MULTILINE) is not None

    def load(self, folder: Path) -> Config:
        """The configuration that JupyterHub's loader makes of it."""
        begin = "" if "get_config()" in self.code else "c = get_config()\n"
        (folder / "jupyterhub_config.py").write_text(begin + self.code, encoding="utf-8")
        return PyFileConfigLoader("jupyterhub_config.py", path=str(folder)).load_config()


def blocks() -> Iterator[Block]:
    """Every block of Python of every page."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in _BLOCK.finditer(text):
            above = text[: match.start()]
            headings = re.findall(r"^#+ (.*)$", above, re.MULTILINE)
            yield Block(page, above.count("\n") + 2, headings[-1] if headings else "", match[1])


def page(name: str) -> str:
    """The text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def class_on_a_page(name: str) -> type[OAuthenticator]:
    """A class that a page defines, by its code there."""
    (block,) = (block for block in blocks() if f"class {name}(" in block.code)
    namespace: dict[str, type[OAuthenticator]] = {"__name__": "example"}
    exec(compile(block.code, str(block), "exec"), namespace)
    return namespace[name]
