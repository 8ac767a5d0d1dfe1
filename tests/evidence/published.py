"""Parts of documentation pages that commands write: the lines between two markers. Needs the standard library alone."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

BEGIN, END = "<!-- {}: begin -->", "<!-- {}: end -->"


def about(command: str) -> str:
    """The command that made a part, when, and with which versions."""
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    return (
        f"`{command}` on {today}, oauthenticator-suite {version('oauthenticator-suite')}, "
        f"JupyterHub {version('jupyterhub')}, Python {platform.python_version()}:"
    )


def write(page: Path, name: str, lines: Iterable[str]) -> None:
    """Put lines between the two markers of a page."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN.format(name))
    _, _, after = rest.partition(END.format(name))
    text = "\n".join(lines)
    page.write_text(f"{before}{BEGIN.format(name)}\n\n{text}\n\n{END.format(name)}{after}", "utf-8")


def part(page: Path, name: str) -> list[str]:
    """The lines between the two markers of a page."""
    text = page.read_text("utf-8").partition(BEGIN.format(name))[2].partition(END.format(name))[0]
    return text.strip().splitlines()
