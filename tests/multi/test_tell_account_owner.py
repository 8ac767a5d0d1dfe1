"""`tell_account_owner`: whether the page of a taken name says where the owner of the account signs in."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from jupyterhub import orm
from traitlets.config import Config

from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Configure, Start, sign_in
from tests.support import Browser, Hop, Hub, HubState, reference_on

pytestmark = pytest.mark.hub_versions

NEUTRAL = "On JupyterHub, this name belongs to an account that signs in another way."


async def login(browser: Browser, name: str, provider: str) -> Hop:
    if provider != "dictionary":
        return await browser.login(name, at=provider)
    return await sign_in(browser, name, "a-secret")


def card(page: Hop) -> str:
    """The card of the page as HTML, without the reference, which is a random one."""
    inside = page.body.partition('<div class="si-card">')[2].partition("</main>")[0]
    return re.sub(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", "…", inside)


def actions(page: Hop) -> list[tuple[str, str]]:
    """What the page offers, in its order: each with its text and its URL."""
    found = re.findall(r'(?s)<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', card(page).partition('class="si-actions"')[2])
    return [(re.sub(r"(?s)<svg.*?</svg>|<[^>]*>", "", text).strip(), unescape(url)) for url, text in found]


@pytest.mark.parametrize(
    ("first", "second"),
    [("campus", "lab"), ("lab", "campus"), ("campus", "dictionary"), ("dictionary", "campus")],
    ids="-".join,
)
async def test_the_page_does_not_name_the_owners_way(several: Start, first: str, second: str) -> None:
    hub = await several(tell_account_owner=False)
    assert (await login(hub.browser(), "alice", first)).status == 200
    other = hub.browser()
    page = await login(other, "alice", second)
    assert page.status == 409
    assert "The name alice is already taken" in page.text
    assert NEUTRAL in page.text
    assert "Is it yours? Then sign in the way you did before." in page.text
    assert first.title() not in card(page)
    assert f"/auth/{first}/" not in card(page)
    assert actions(page)[0] == ("Other ways to sign in", "/hub/login?next=%2Fhub%2Fhome")
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert f"belongs to {first}, and a user of {second} has the same name" in line
    assert not other.logged_in


async def test_the_button_leads_to_the_way_of_the_owner(several: Start) -> None:
    """The owner finds their way on the page with all of them."""
    hub = await several(tell_account_owner=False)
    await login(hub.browser(), "alice", "campus")
    browser = hub.browser()
    page = await login(browser, "alice", "lab")
    choices = await browser.get(actions(page)[0][1])
    assert choices.status == 200
    assert "/hub/auth/campus/login" in choices.body
    assert (await login(browser, "alice", "campus")).status == 200


async def test_all_taken_names_read_the_same(
    configured: Configure, hubs: Any, campus: FakeProvider, lab: FakeProvider
) -> None:
    """Not even whether the owner is known: of another provider, of no user, of a provider that is gone, or reserved."""
    for provider in (campus, lab):
        provider.users |= {name: {"sub": f"sub-{name}", "preferred_username": name} for name in ("dora", "root")}
    state = HubState()
    given = Config({"MultiAuthenticator": {"admin_users": {"campus:root"}}})
    hub: Hub = await hubs(configured(state, tell_account_owner=False, given=given), state)
    for name in ("alice", "bob"):
        await login(hub.browser(), name, "campus")
    auth_state = await hub.auth_state("bob")
    assert auth_state is not None
    auth_state["suite"].update(provider="removed", issuer="https://removed.example", subject="1")
    await hub.app.users["bob"].save_auth_state(auth_state)
    hub.app.db.add(orm.User(name="dora"))
    hub.app.db.commit()
    cards = {}
    for name in ("alice", "bob", "dora", "root"):
        page = await login(hub.browser(), name, "lab")
        assert page.status == 409
        cards[name] = card(page).replace(name, "NAME")
    assert NEUTRAL in re.sub(r"<[^>]*>", "", cards["alice"])
    assert set(cards.values()) == {cards["alice"]}


@pytest.mark.parametrize("language", ["de", "ar"])
async def test_in_another_language(several: Start, language: str) -> None:
    hub = await several(tell_account_owner=False, page_language=language)
    await login(hub.browser(), "alice", "campus")
    page = await login(hub.browser(), "alice", "lab")
    assert page.status == 409
    assert "another way" not in page.text
    assert "Campus" not in page.text


async def test_it_tells_by_default(several: Start) -> None:
    hub = await several()
    await login(hub.browser(), "alice", "campus")
    page = await login(hub.browser(), "alice", "lab")
    assert page.status == 409
    assert "belongs to an account that signs in with Campus" in page.text
    assert actions(page)[0] == ("Sign in with Campus", "/hub/auth/campus/login?next=%2Fhub%2Fhome")
