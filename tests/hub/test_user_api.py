"""A provider's API, asked in the name of a user: pages and where they lead, refusals and what they mean."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import (
    InvalidResponse,
    ProviderBusy,
    ProviderUnreachable,
    SuiteError,
    TokenResponseError,
)
from oauthenticator_suite.hub.oauth.memberships import MAX_CONCURRENT_LOOKUPS
from oauthenticator_suite.hub.oauth.user_api import MAX_PAGES, ApiRefusal, UserApi, page_links
from oauthenticator_suite.hub.transport.client import Transport, TransportSettings
from oauthenticator_suite.protocol.messages import Request, Response
from tests.fakes.github import FakeGitHub

ROOT = "https://api.example/v3"
URL = f"{ROOT}/user/teams?per_page=2"
TOKEN = "a-token-of-ada"


def reply(body: Any = None, status: int = 200, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


class Pages:
    """An API of one list. `links(number)` is the Link header of a page."""

    def __init__(self, pages: int, links: Callable[[int], str]) -> None:
        self.pages = pages
        self.links = links
        self.asked: list[Request] = []
        self.under_way = 0
        self.most_at_once = 0

    async def send(self, request: Request) -> Response:
        self.asked.append(request)
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        for _ in range(5):  # long enough for any other user who wants to ask
            await asyncio.sleep(0)
        self.under_way -= 1
        number = int(parse_qs(urlsplit(request.url).query).get("page", ["1"])[0])
        return reply([f"{number}a", f"{number}b"], link=self.links(number))

    @property
    def api(self) -> UserApi:
        return UserApi(self.send, TOKEN, {"X-Api-Version": "7"})

    @property
    def everything(self) -> list[str]:
        return [f"{number}{letter}" for number in range(1, self.pages + 1) for letter in "ab"]


def numbered(pages: int) -> Pages:
    def links(number: int) -> str:
        if number == pages:
            return f'<{URL}&page=1>; rel="first"'
        return f'<{URL}&page={number + 1}>; rel="next", <{URL}&page={pages}>; rel="last"'

    return Pages(pages, links)


def keyset(pages: int) -> Pages:
    """Only the next page is known, by a cursor; the number is there for the fake."""

    def links(number: int) -> str:
        return "" if number == pages else f'<{URL}&cursor=c{number}&page={number + 1}>; rel="next"'

    return Pages(pages, links)


# --- requests --------------------------------------------------------------------------------------------------------


async def test_the_token_is_in_the_header_alone() -> None:
    pages = numbered(3)
    await pages.api.items(URL, "the list")
    for request in pages.asked:
        assert request.method == "GET"
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert request.headers["X-Api-Version"] == "7"
        assert TOKEN not in request.url


@pytest.mark.parametrize("token", ["", "a\r\nX-Injected: 1", "a b", 7, None])
def test_a_token_that_is_none_is_not_sent(token: Any) -> None:
    with pytest.raises(TokenResponseError):
        UserApi(numbered(1).send, token)


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pages", [1, 2, 3, MAX_CONCURRENT_LOOKUPS + 1, 30])
async def test_numbered_pages_are_asked_for_side_by_side(pages: int) -> None:
    """Each once, in order in the result, and no more than the bound at a time."""
    source = numbered(pages)
    assert await source.api.items(URL, "the list") == source.everything
    assert len(source.asked) == pages
    assert source.most_at_once == min(max(pages - 1, 1), MAX_CONCURRENT_LOOKUPS)


@pytest.mark.parametrize("pages", [1, 2, 5])
async def test_pages_of_which_only_the_next_is_known(pages: int) -> None:
    source = keyset(pages)
    assert await source.api.items(URL, "the list") == source.everything
    assert len(source.asked) == pages
    assert source.most_at_once == 1


@pytest.mark.parametrize("source", [numbered(9), keyset(9)], ids=["numbered", "keyset"])
async def test_enough_is_enough(source: Pages) -> None:
    items = await source.api.items(URL, "the list", lambda items: "1b" in items)
    assert (items, len(source.asked)) == (["1a", "1b"], 1)


async def test_with_cursors_it_is_asked_after_each_page() -> None:
    source = keyset(9)
    items = await source.api.items(URL, "the list", lambda items: "3a" in items)
    assert (len(items), len(source.asked)) == (6, 3)


@pytest.mark.parametrize(
    "links",
    [
        lambda number: f'<{URL}&page=1>; rel="next"',
        lambda number: f'<{URL}>; rel="next"',
        lambda number: f'<{URL}&cursor=x{number}&page={number + 1}>; rel="next"',
        lambda number: f'<{URL}&page=2>; rel="next", <{URL}&page=999999>; rel="last"',
        lambda number: f'<{URL}&page=2>; rel="next", <{URL}&page=1>; rel="last"',
    ],
    ids=["the first again", "itself", "without an end", "a million pages", "last before next"],
)
async def test_pages_without_an_end_are_left(links: Callable[[int], str]) -> None:
    """F-target 8. A list that is cut off does not show that an entry is missing: it is unknown."""
    source = Pages(0, links)
    with pytest.raises(InvalidResponse, match=f"the list: more than {MAX_PAGES} pages"):
        await source.api.items(URL, "the list")
    assert 2 <= len(source.asked) <= MAX_PAGES + 1


async def test_what_is_found_in_a_list_without_an_end_counts() -> None:
    source = Pages(0, lambda number: f'<{URL}&page=2>; rel="next", <{URL}&page=999999>; rel="last"')
    items = await source.api.items(URL, "the list", lambda items: f"{MAX_PAGES}b" in items)
    assert len(items) == 2 * MAX_PAGES


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/user/teams?page=2",
        "//evil.example/user/teams?page=2",
        "http://api.example/v3/user/teams?page=2",
        "https://api.example:8443/v3/user/teams?page=2",
        "https://api.example@evil.example/?page=2",
        "https://user@api.example/v3/user/teams?page=2",
        "https://api.example.evil.example/?page=2",
        "\\\\evil.example/?page=2",
        "https:\\\\evil.example/?page=2",
        "https://api.example\\@evil.example/?page=2",
        "javascript:alert(1)",
        "https://[/?page=2",
        "https://api.example:port/?page=2",
    ],
)
@pytest.mark.parametrize("last", ["", f', <{URL}&page=9>; rel="last"'])
async def test_the_token_goes_to_no_other_origin(target: str, last: str) -> None:
    """B21: a page elsewhere is not asked for; what the list does not show is unknown."""
    source = Pages(1, lambda number: f'<{target}>; rel="next"{last}')
    with pytest.raises(InvalidResponse, match="the list: "):
        await source.api.items(URL, "the list")
    origins = {urlsplit(request.url)[:2] for request in source.asked}
    assert origins == {("https", "api.example")}
    assert await source.api.items(URL, "the list", lambda items: "1b" in items) == ["1a", "1b"]


async def test_relative_links_are_of_the_same_place() -> None:
    source = Pages(2, lambda number: "" if number == 2 else '</v3/user/teams?page=2>; rel="next"')
    assert await source.api.items(URL, "the list") == source.everything
    assert source.asked[1].url == f"{ROOT}/user/teams?page=2"


@pytest.mark.parametrize(
    "last", ["?per_page=2&page=5&since=x", "?page=5", "/other?per_page=2&page=5", "?per_page=2&page=five"]
)
async def test_numbers_are_filled_in_only_where_nothing_else_differs(last: str) -> None:
    """Else the pages between are not what they are taken for."""
    beginning = f"{ROOT}/user/teams" if last.startswith("?") else ROOT

    def links(number: int) -> str:
        end = f'<{beginning}{last}>; rel="last"'
        return end if number == 3 else f'<{URL}&page={number + 1}>; rel="next", {end}'

    source = Pages(3, links)
    assert await source.api.items(URL, "the list") == source.everything
    assert source.most_at_once == 1


@pytest.mark.parametrize("page", [{"items": []}, "a", None, 7, b"<html>", b"[", b""])
@pytest.mark.parametrize("at", [1, 2])
async def test_a_page_that_is_no_list(page: Any, at: int) -> None:
    source = numbered(3)

    async def send(request: Request) -> Response:
        response = await source.send(request)
        return reply(page) if ("page=2" in request.url.partition("per_page=2")[2]) == (at == 2) else response

    with pytest.raises(InvalidResponse) as caught:
        await UserApi(send, TOKEN).items(URL, "the list")
    assert not isinstance(caught.value, ApiRefusal)
    assert caught.value.detail.startswith("the list")


@pytest.mark.parametrize("fault", ["next-elsewhere", "next-is-first"])
async def test_a_provider_whose_pages_lead_astray(fault: str) -> None:
    """F-target 8, over our own transport: the token goes nowhere else, and there is an end."""
    async with FakeGitHub() as github:
        alice = github.users["alice"]
        for number in range(250):
            github.orgs["lab"].add_team(f"t{number}", alice)
        transport = Transport(TransportSettings(), logging.getLogger("test"))
        api = UserApi(transport.send, github.token_for("alice", "read:org"))
        url = f"{github.api_url}/user/teams?per_page=100"
        assert len(await api.items(url, "teams")) == 251
        assert github.count("teams") == 3
        github.faults.on(fault, at="teams")
        if fault == "next-elsewhere":
            with pytest.raises(InvalidResponse, match="teams: the next page is at another origin"):
                await api.items(url, "teams")
        else:
            assert len(await api.items(url, "teams")) == 251 + 100, "all of them, some twice"
        assert github.count("elsewhere") == 0
        assert github.count("teams") <= 3 + MAX_PAGES
        await transport.close()


# --- Link headers ----------------------------------------------------------------------------------------------------

LINKS = st.lists(
    st.tuples(
        st.sampled_from(["next", "last", "prev", "first"]),
        st.integers(1, 99),
        st.sampled_from(
            ['; rel="{}"', "; rel={}", ';rel="{}"', '; title="a, b"; rel="{}"', '; REL="{}"', '; rel="x {}"']
        ),
    ),
    max_size=6,
)


@given(LINKS, st.sampled_from([", ", ",", " ,  "]))
def test_right_link_headers(wanted: list[tuple[str, int, str]], joint: str) -> None:
    """RFC 8288 §3: of a relation that comes twice, the first counts."""
    header = joint.join(f"<{URL}&page={page}>{form.format(rel)}" for rel, page, form in wanted)
    expected: dict[str, str] = {}
    for rel, page, _ in wanted:
        expected.setdefault(rel, f"{URL}&page={page}")
    found = page_links(reply([], link=header), URL)
    assert {rel: url for rel, url in found.items() if rel != "x"} == expected


def test_a_header_without_end_is_cut() -> None:
    header = ", ".join([f'<{URL}&page=2>; rel="x{number}"' for number in range(100_000)] + [f'<{URL}>; rel="next"'])
    assert "next" not in page_links(reply([], link=header), URL)


# --- refusals --------------------------------------------------------------------------------------------------------


async def ask(response: Response) -> Iterable[Any]:
    async def send(_: Request) -> Response:
        return response

    return await UserApi(send, TOKEN).items(URL, "the list")


@pytest.mark.parametrize("status", [400, 403, 404, 422, 451])
async def test_a_refusal_has_its_status_and_the_reason_without_secrets(status: int) -> None:
    leaky = f"Resource not accessible by gho_{'a1' * 18}\x1b[31m\u202e at all"
    for body in ({"message": leaky}, {"error": leaky}, {"error": {"message": leaky, "code": 403}}):
        with pytest.raises(ApiRefusal) as caught:
            await ask(reply(body, status))
        assert caught.value.code == status
        assert caught.value.status == 502
        assert caught.value.detail == f"the list: HTTP {status}: Resource not accessible by [40 characters] [31m at all"


@pytest.mark.parametrize("body", [b"<html>no</html>", b"", b"[]", b'"no"', b'{"message": 7}', b'{"error": {"a": 1}}'])
async def test_a_refusal_without_a_reason(body: bytes) -> None:
    with pytest.raises(ApiRefusal, match="HTTP 404: no reason given"):
        await ask(reply(body, 404))


async def test_an_object() -> None:
    async def send(request: Request) -> Response:
        return reply({"state": "active"}) if request.url.endswith("/ada") else reply({"message": "Not Found"}, 404)

    api = UserApi(send, TOKEN)
    assert await api.object(f"{ROOT}/members/ada", "a member") == {"state": "active"}
    with pytest.raises(ApiRefusal, match="a member: HTTP 404: Not Found") as caught:
        await api.object(f"{ROOT}/members/bob", "a member")
    assert caught.value.code == 404


@pytest.mark.parametrize("body", [b"[]", b"null", b"7", b'"x"', b"{", b'{"a": 1, "a": 2}'])
async def test_what_is_no_object(body: bytes) -> None:
    async def send(_: Request) -> Response:
        return reply(body)

    with pytest.raises(InvalidResponse):
        await UserApi(send, TOKEN).object(f"{ROOT}/members/ada", "a member")


async def test_a_token_that_is_refused() -> None:
    with pytest.raises(TokenResponseError) as caught:
        await ask(reply({"message": "Bad credentials"}, 401))
    assert caught.value.error == "invalid_token"
    assert caught.value.detail == "the list: HTTP 401: Bad credentials"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, ProviderUnreachable),
        (502, ProviderUnreachable),
        (503, ProviderBusy),
        (429, ProviderBusy),
        (301, InvalidResponse),
        (302, InvalidResponse),
        (304, InvalidResponse),
    ],
)
async def test_what_speaks_of_the_provider_and_not_of_the_user(status: int, kind: type[SuiteError]) -> None:
    with pytest.raises(kind) as caught:
        await ask(reply({"message": "x"}, status))
    assert not isinstance(caught.value, ApiRefusal)


NOW = "Sun, 22 Nov 2026 10:00:00 GMT"
EPOCH = 1_795_341_600  # the same


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(EPOCH + 900), "date": NOW}, 900),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(EPOCH - 5), "date": NOW}, 1),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(EPOCH + 10**7), "date": NOW}, 86_400),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(EPOCH + 900)}, None),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "soon", "date": NOW}, None),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(EPOCH), "date": "yesterday"}, None),
        ({"x_ratelimit_remaining": "0"}, None),
        ({"retry_after": "60"}, 60),
        ({"retry_after": "60", "x_ratelimit_remaining": "0", "x_ratelimit_reset": str(EPOCH + 9), "date": NOW}, 60),
        ({"retry_after": "999999"}, 86_400),
    ],
)
async def test_a_quota_that_is_used_up_is_no_refusal(headers: dict[str, str], seconds: float | None) -> None:
    """F17: GitHub says it with 403. By the provider's clock, not by ours, it is known until when."""
    with pytest.raises(ProviderBusy) as caught:
        await ask(reply({"message": "API rate limit exceeded"}, 403, **headers))
    assert caught.value.retry_after == seconds


async def test_a_403_with_requests_left_is_a_refusal() -> None:
    headers = {"x_ratelimit_remaining": "4711", "x_ratelimit_reset": str(EPOCH), "date": NOW}
    with pytest.raises(ApiRefusal):
        await ask(reply({"message": "Must have admin rights"}, 403, **headers))
