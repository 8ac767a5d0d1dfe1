"""A sign-in that an attacker or another user of this browser started replaces no account without a question."""

from __future__ import annotations

import pytest

from tests.multi.conftest import Start, sign_in

pytestmark = pytest.mark.hub_versions


@pytest.mark.parametrize("victim_at", ["campus", "lab", "dictionary"])
async def test_at_one_of_several(several: Start, victim_at: str) -> None:
    hub = await several()
    victim, attacker = hub.browser(), hub.browser()
    if victim_at == "dictionary":
        name = "ada"
        await sign_in(victim, name, "lovelace")
    else:
        name = "carol"
        await victim.login(name, at=victim_at)
    callback = await attacker.walk_to_callback("bob", at="campus", next_url="/hub/token")
    victim.set_cookies({name: value for name, value in attacker.cookies.items() if name.startswith("oauth-")})
    page = await victim.open(callback)
    assert (page.status, page.path.rpartition("/")[0]) == (200, "/hub/auth/campus/result")
    assert "Continue as bob?" in page.text
    assert list(hub.accounts()) == [name]
    assert name in (await victim.get("/hub/home")).text
    victim.user = "bob"
    page = await victim.submit(page, {}, action="/hub/auth/campus/result/")
    assert (page.status, page.path) == (200, "/hub/token")
    assert "bob" in page.text


async def test_an_error_of_a_child_has_its_own_page(several: Start) -> None:
    hub = await several()
    browser = hub.browser()
    page = await browser.get("/hub/auth/lab/authorize?code=x&state=y")
    assert (page.status, page.path.rpartition("/")[0]) == (400, "/hub/auth/lab/result")
    assert "Other ways to sign in" in page.text
    again = await browser.get(page.url)
    assert (again.status, again.text) == (page.status, page.text)
    foreign = await browser.get(page.url.replace("/lab/", "/campus/"))
    assert foreign.status == 400
    assert foreign.text != page.text


async def test_the_start_up_recommends_subdomains_once(several: Start) -> None:
    hub = await several()
    assert len(hub.log.lines_with("[shared-origin]")) == 1
