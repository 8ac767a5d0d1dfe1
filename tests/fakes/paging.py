"""Lists in pages, and the Link header (RFC 8288) with the URLs of other pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.fakes.openid_provider.faults import Fault
from tests.fakes.openid_provider.records import Reply


@dataclass(frozen=True)
class Page:
    """One page of a list; `number` counts from 1."""

    items: Sequence[Any]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    def neighbours(self) -> dict[str, int]:
        """Relation → page number, of those that there are."""
        pages = {"prev": self.number - 1, "next": self.number + 1, "first": 1, "last": self.last}
        if self.number == 1:
            del pages["prev"]
        if self.number >= self.last:
            del pages["next"]
        return pages


def cut(items: Sequence[Any], number: int, size: int) -> Page:
    start = (number - 1) * size
    return Page(items[start : start + size], number, size, len(items))


def link_header(url: str, fields: Mapping[str, str], pages: Mapping[str, int]) -> str:
    """`fields` are those of the request: a link keeps them all, except the page."""
    rest = {name: value for name, value in fields.items() if name != "page"}
    return ", ".join(f'<{url}?{urlencode({**rest, "page": number})}>; rel="{rel}"' for rel, number in pages.items())


def _next_elsewhere(provider: Any, reply: Reply) -> None:
    reply.headers["Link"] = f'<{provider.elsewhere}/stolen?page=2>; rel="next"'


def _next_is_first(provider: Any, reply: Reply) -> None:
    """A client that follows the links never reaches the end."""
    if 'rel="next"' in reply.headers.get("Link", ""):
        reply.headers["Link"] = re.sub(r"([?&]page)=\d+(>; rel=\"next\")", r"\1=1\2", reply.headers["Link"])


PAGING_FAULTS = {
    fault.name: fault
    for fault in (
        Fault("next-elsewhere", "", "the next page is at another origin", _next_elsewhere),
        Fault("next-is-first", "", "the next page is the first one, for ever", _next_is_first),
    )
}
