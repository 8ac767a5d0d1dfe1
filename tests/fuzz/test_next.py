"""Target 1: the parameter ``next`` never leads to another origin, as Node's WHATWG `URL` reads it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given

from oauthenticator_suite.hub.web.next_url import safe_next_url
from tests.support import Browser, Hub

from .strategies.urls import PIECES, destinations
from .verdicts import THROUGH_A_HUB, UnhandledError, WrongAccept, one_input, target
from .whatwg import NodeURL

TARGET = target("next")
BASE = "https://hub.example/hub/oauth_callback?x"


def stay_here(node: NodeURL, urls: list[str], base: str = BASE) -> None:
    """Browsers that follow these URLs from a page of the Hub's stay on the Hub."""
    (home,) = node.read([base])
    assert home is not None
    for url, read in zip(urls, node.read(urls, base), strict=True):
        if read is None or read["origin"] != home["origin"]:
            raise WrongAccept(f"{url!r} leads to {read}")


@pytest.mark.long
def test_no_next_leaves_the_origin(node: NodeURL, examples: Callable[[int, int], int]) -> None:
    """H (CVE-2019-10255, CVE-2026-33709): many strings of a hostile grammar."""
    dice = random.Random(None if examples(0, 1) else 20260101)
    number = examples(50_000, 1_000_000)
    TARGET.tries(number)
    urls = {safe_next_url("".join(dice.choices(PIECES, k=dice.randint(1, 9)))) for _ in range(number)} - {""}
    assert len(urls) > number // 10
    stay_here(node, sorted(urls))


@given(destinations)
@example("/\\evil.example")
@example("/\t/evil.example")
@example("/.//evil.example")
@example("https:evil.example")
@example("\uff0f\uff0fevil.example")
def test_a_destination_is_a_path_or_nothing(node: NodeURL, value: str) -> None:
    TARGET.tries()
    try:
        url = safe_next_url(value)
        same = safe_next_url(value.encode()) if "\ud800" not in value else url
    except Exception as error:
        raise UnhandledError(repr(value)) from error
    assert url == same, "bytes and text are read alike"
    assert safe_next_url(url) == url
    if url:
        stay_here(node, [url])


@THROUGH_A_HUB
@given(destinations.filter(lambda value: value.isprintable()))
async def test_a_login_ends_on_the_hub(node: NodeURL, hub: Hub, provider: Any, value: str) -> None:
    """The whole login: the destination goes into a cookie and comes back."""
    TARGET.tries()
    async with one_input(hub, provider):
        browser: Browser = hub.browser("alice")
        hop = await browser.get(f"/hub/oauth_login?next={quote(value, safe='')}")
        back = await browser.follow(hop, stop_before=hub.callback_url)
        landed = await browser.get(back.location or "")
        assert landed.location is not None
        stay_here(node, [landed.headers["location"]], hub.callback_url)
