"""What must hold after every login, whether it has worked or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from .web_client import Page, WebClient
from .worlds import World, is_hub_callback, query

REFERENCE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b")


@contextmanager
def fit_log(world: World, *clients: WebClient) -> Iterator[None]:
    """What the Hub logs meanwhile has no traceback, no secret, and no code or state that a browser brought."""
    mark = world.hub.log_mark()
    yield
    log = world.hub.own_log_since(mark)
    assert "Traceback" not in log, log
    world.assert_no_secrets(log, "the hub's log")
    for url in (url for client in clients for url in client.opened("?") if is_hub_callback(url)):
        for name in ("code", "state"):
            value = query(url).get(name)
            assert value is None or value not in log, f"a {name} is in the hub's log"


def reference_on(page: Page) -> str:
    """The reference number that the page gives the user."""
    found = REFERENCE.findall(page.text)
    assert len(found) == 1, page
    return str(found[0])


def refused(world: World, client: WebClient, page: Page, status: int, log_mark: int) -> str:
    """Check what every refusal has in common; the log line with the page's reference number is the result."""
    assert page.status == status, page
    assert page.headers["Content-Type"].startswith("text/html")
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    world.assert_no_secrets(page.html, "the error page")
    reference = reference_on(page)
    lines = [line for line in world.hub.log_since(log_mark).splitlines() if f"[{reference}]" in line]
    assert len(lines) == 1, lines
    assert world.signed_in_as(client) is None
    return lines[0]
