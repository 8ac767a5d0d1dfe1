"""Target 8: ``Link`` headers and pages of a list. The token goes to no other origin, and there is an end."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from oauthenticator_suite.hub.oauth.user_api import MAX_PAGES, UserApi, page_links
from oauthenticator_suite.protocol.messages import Request, Response

from .strategies.documents import json_values
from .strategies.urls import PAGE, link_headers
from .verdicts import WrongAccept, target
from .whatwg import NodeURL

TARGET = target("paging")


def page(body: Any, link: str) -> Response:
    return Response(200, {"link": link}, json.dumps(body).encode("utf-8", "surrogatepass"))


@given(link_headers)
@example("<https:\\\\evil.example>; rel=next")
@example("<//api.example\t.evil.example>; rel=next")
def test_no_link_leads_to_another_origin(node: NodeURL, header: str) -> None:
    """As our parser and as Node's `URL` read it."""
    with TARGET.only_our_errors():
        urls = list(page_links(page([], header), PAGE).values())
    for url, read in zip(urls, node.read(urls), strict=True):
        if read is None or read["origin"] != "https://api.example" or read["userinfo"]:
            raise WrongAccept(f"{url!r} is {read}")


@given(st.lists(st.tuples(link_headers, st.lists(st.integers(), max_size=3) | json_values), min_size=1, max_size=4))
async def test_every_sequence_of_pages_ends(pages: list[tuple[str, Any]]) -> None:
    """Several different pages, one after the other and from the beginning again."""
    asked: list[Request] = []

    async def send(request: Request) -> Response:
        asked.append(request)
        link, body = pages[len(asked) % len(pages)]
        return page(body, link)

    with TARGET.only_our_errors("a-token-of-ada"):
        await UserApi(send, "a-token-of-ada").items(PAGE, "the list")
    if len(asked) > MAX_PAGES + 1:
        raise WrongAccept(f"{len(asked)} pages")
    if {urlsplit(request.url)[:2] for request in asked} != {("https", "api.example")}:
        raise WrongAccept(f"asked {[request.url for request in asked]}")
