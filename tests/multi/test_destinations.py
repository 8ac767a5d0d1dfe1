"""`next` on the way through the page with all providers."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote_to_bytes

import pytest

from tests.multi.conftest import PASSWORDS, Start

pytestmark = pytest.mark.hub_versions

REQUESTED = [
    "/hub/user-redirect/lab/tree/My%20Notebook.ipynb",
    "/hub/user-redirect/lab/tree/a+b%2Bc.ipynb?x=[1]&y=%7Bz%7D",
    "/hub/user-redirect/lab/tree/%D0%BF%D1%80.ipynb?from=caf%E9",
]


@pytest.mark.parametrize("requested", REQUESTED)
@pytest.mark.parametrize("by", ["campus", "dictionary"])
async def test_a_page_that_asks_to_sign_in(several: Start, requested: str, by: str) -> None:
    hub = await several()
    browser = hub.browser("alice")
    page = await browser.open(requested)
    assert (page.status, page.path) == (200, "/hub/login")
    if by == "campus":
        (link,) = re.findall(r'href="(/hub/auth/campus/login[^"]*)"', page.body)
        callback = await browser.follow(
            await browser.get(unescape(link)), stop_before=f"{hub.url}/hub/auth/campus/authorize"
        )
        assert callback.location is not None
        arrived = await browser.get(callback.location)
    else:
        fields = {"username": "alice", "password": PASSWORDS["alice"]}
        await browser.submit(page, fields, action="/hub/auth/dictionary/")
        (arrived,) = [hop for hop in browser.hops if hop.method == "POST"]
    assert unquote_to_bytes(arrived.headers["location"]) == unquote_to_bytes(requested)
