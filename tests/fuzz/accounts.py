"""The accounts of a Hub to which many inputs go."""

from __future__ import annotations

import json

from tests.support import Hub


async def account_after_login(hub: Hub, person: str) -> str | None:
    """The account in which a login ends, as the Hub tells its browser; None if it is refused."""
    browser = hub.browser()
    await browser.login(person)
    if not browser.logged_in:
        return None
    answer = await browser.get("/hub/api/user")
    return str(json.loads(answer.body)["name"])
