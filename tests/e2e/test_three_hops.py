"""A web application that logs its users in through the Hub, and so through whatever authenticator the Hub has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from .checks import fit_log
from .two_hubs import TwoHubs
from .web_app import WebApplication
from .web_client import Page, WebClient
from .worlds import World, is_result_page


@dataclass(frozen=True)
class Chain:
    """A provider, a Hub that trusts it, an application that trusts the Hub; and the groups of who is allowed."""

    world: World
    notes: WebApplication
    groups: list[str]

    def leave(self, client: WebClient) -> Page:
        """Open the application as a stranger: the provider's page."""
        page = client.get(f"{self.notes.url}/?page=a%26b")
        assert self.world.site.shows(page), page
        return page

    def agree(self, client: WebClient, page: Page) -> Page:
        """The Hub asks whether the application may learn the user's identity."""
        assert page.status == 200, page
        assert page.url.startswith(self.world.hub.page("api/oauth2/authorize?"))
        return client.submit(page, page.form(having="scopes"), {})


@pytest.fixture
def behind_a_hub(two_hubs: TwoHubs) -> Chain:
    return Chain(two_hubs, two_hubs.notes, ["physics"])


@pytest.fixture(scope="module")
def behind_canaille(
    canaille_world: World, notes_application: WebApplication, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chain]:
    process = notes_application.process(tmp_path_factory.mktemp("notes"), canaille_world.hub)
    with ExitStack() as cleanup:
        cleanup.callback(process.end)
        process.start()
        yield Chain(canaille_world, notes_application, ["hub-users"])


@pytest.fixture(params=[pytest.param("behind_a_hub", marks=pytest.mark.slow), "behind_canaille"])
def chain(request: pytest.FixtureRequest) -> Chain:
    found: Chain = request.getfixturevalue(request.param)
    return found


def test_three_hops_in_one_browser(chain: Chain, client: WebClient) -> None:
    """Application → Hub → provider, and all the way back to the page that was asked for."""
    world, bob = chain.world, chain.world.people.allowed
    with fit_log(world, client):
        page = chain.agree(client, world.site.sign_in(client, chain.leave(client), bob))
    assert page.url == f"{chain.notes.url}/?page=a%26b"
    assert json.loads(page.html) == {"name": bob.name, "groups": chain.groups, "kind": "user"}
    hosts = [urlsplit(url).netloc for _, url, _ in client.visits]
    stations = [host for host, before in zip(hosts, ["", *hosts], strict=False) if host != before]
    there, hub, app = (urlsplit(url).netloc for url in (world.site.issuer, world.hub.url, chain.notes.url))
    assert stations == [app, hub, there, hub, app]
    assert world.signed_in_as(client) == bob.name


def test_who_may_not_use_the_hub_may_not_use_what_is_behind_it(chain: Chain, client: WebClient) -> None:
    page = chain.world.site.sign_in(client, chain.leave(client), chain.world.people.refused)
    assert page.status == 403, page
    assert is_result_page(page.url)
    assert not client.opened(f"{chain.notes.url}/oauth_callback")


def test_the_hubs_own_pages_still_have_a_button(chain: Chain, client: WebClient) -> None:
    """`auto_login_oauth2_authorize` is for those who come from an application."""
    page = client.get(chain.world.hub.page("home"))
    assert page.path == "/hub/login", page
    assert not client.opened(chain.world.site.issuer)
