"""The table of docs/reference/auth-state.md: what a login at each provider's fake stores.

``python -m tests.docs.auth_state_table`` writes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from oauthenticator_suite import registry
from oauthenticator_suite.hub.accounts.record import KEY
from tests.contract.cases import ProviderCase
from tests.docs.pages import DOCS
from tests.docs.provider_table import markdown, name_of, shown_cases, with_table
from tests.support import HubState, start_hub

PAGE = DOCS / "reference" / "auth-state.md"
MARK = "auth_state"
OF_ALL = ("access_token", "refresh_token", "id_token", "token_response", "scope")
"""The keys that the page describes for all providers. A row says which of them are missing."""


@dataclass(frozen=True)
class Stored:
    """The keys of an `auth_state`: that of the user's data, and the others."""

    user: str
    others: tuple[str, ...]

    @property
    def cells(self) -> list[str]:
        further = [name for name in self.others if name not in OF_ALL]
        missing = [name for name in OF_ALL if name not in self.others]
        without = f"no {', '.join(f'`{name}`' for name in missing)}" if missing else ""
        names = ", ".join(f"`{name}`" for name in further)
        return [f"`{self.user}`", "; ".join(filter(None, (names, without))) or "–"]


async def stored(case: ProviderCase) -> Stored:
    """The keys after one login at the running fake of `case`."""
    state = HubState()
    async with start_hub(case.config(state.url, allow_all=True, enable_auth_state=True), state) as hub:
        browser = hub.browser()
        page = await browser.login(case.member.key)
        assert browser.logged_in, page.text[:500]
        auth_state = await hub.auth_state(case.member.name) or {}
        user = hub.authenticator.user_auth_state_key
    assert user in auth_state
    return Stored(user, tuple(sorted(auth_state.keys() - {user, KEY})))


def row(cls: type[ProviderCase], found: Stored) -> list[str]:
    entry = next(entry for entry in registry.PROVIDERS if f"suite-{entry.name}" == cls.entry_point)
    link = f"[`{entry.cls}`](options/{entry.name}.md)"
    return [name_of(cls), link, *found.cells]


def table(found: Mapping[str, Stored]) -> str:
    """`found`: by the id of the case."""
    rows = [row(cls, found[cls.id]) for cls in shown_cases()]
    return markdown(["provider", "class", "key of the user's data", "further keys"], rows)


async def _all_found() -> dict[str, Stored]:
    found = {}
    for cls in shown_cases():
        case = cls()
        async with case.fake:
            found[cls.id] = await stored(case)
    return found


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_table(text, MARK, table(asyncio.run(_all_found()))), encoding="utf-8")
