"""Target 3: the query of the callback: missing, duplicate, empty and surrogate parameters, and very many."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hub.malformed import Request, answer_to
from tests.support import Hub

from .strategies.requests import Change, Params, many, query_changes
from .verdicts import THROUGH_A_HUB, UnhandledError, WrongAccept, one_input, target

TARGET = target("callback query")


def means(query: str) -> Params | None:
    """A second opinion on the parameters: RFC 6749 §3.1. None if it is malformed."""
    try:
        read = parse_qsl(query, keep_blank_values=True, strict_parsing=False, errors="strict", max_num_fields=50)
    except ValueError:
        return None
    # A parameter without a value counts as omitted, and none may occur twice.
    names = [name for name, _ in read]
    if len(set(names)) < len(names):
        return None
    return [(name, value) for name, value in read if value]


async def answered(hub: Hub, provider: Any, changes: list[Change]) -> tuple[int, bool]:
    """The status of a callback whose query is changed, and whether the user is signed in."""
    browser = hub.browser()
    callback = await browser.walk_to_callback("alice")
    good = urlsplit(callback).query
    params: Params = [(name, value) for name, _, value in (pair.partition("=") for pair in good.split("&"))]
    for change in changes:
        params = change(params)
    query = "&".join(f"{name}={value}" for name, value in params)
    request = Request("GET", "/hub/oauth_callback", query.encode("utf-8", "surrogatepass"))
    provider.calls.clear()
    status, headers = await answer_to(hub, request, browser)
    if status == 500:
        raise UnhandledError(query[:300])
    signed_in = "jupyterhub-hub-login=" in headers.get("set-cookie", "")
    known = {"code", "state", "iss", "error"}
    meant, expected = means(query), dict(parse_qsl(good))
    if signed_in and (meant is None or {name: value for name, value in meant if name in known} != expected):
        raise WrongAccept(query[:300])
    if not signed_in and "code" not in query:
        assert provider.count("token") == 0
    return status, signed_in


@THROUGH_A_HUB
@given(st.lists(query_changes, min_size=1, max_size=3))
async def test_a_changed_query_is_refused_or_means_the_same(
    hub: Hub, provider: Any, changes: list[tuple[str, Change]]
) -> None:
    TARGET.tries()
    async with one_input(hub, provider):
        status, signed_in = await answered(hub, provider, [change for _, change in changes])
        assert status in ((302,) if signed_in else (303, *range(400, 500))), (status, changes)


@pytest.mark.parametrize("number", [50, 1_000, 7_000, 100_000])
async def test_very_many_parameters(hub: Hub, provider: Any, number: int) -> None:
    """H (mod_auth_openidc): refused by the Hub's HTTP server, which closes the connection, or by us."""
    TARGET.tries()
    async with one_input(hub, provider):
        status, signed_in = await answered(hub, provider, [many(number)])
        assert not signed_in
        assert status in (0, 303, *range(400, 500)), status
        assert provider.count("token") == 0
