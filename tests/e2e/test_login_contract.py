"""What every OpenID provider must get: a real Hub, proxy and single-user server, and the example's configuration."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from .checks import fit_log, refused
from .web_client import WebClient
from .worlds import World, is_hub_callback, query


@pytest.fixture(autouse=True)
def clean_log(world: World, client: WebClient, other_client: WebClient) -> Iterator[None]:
    """Whatever happens, the Hub's log is fit to be read."""
    with fit_log(world, client, other_client):
        yield


def test_an_allowed_user_lands_on_their_own_server(world: World, client: WebClient) -> None:
    """Through the Hub, the provider, the spawner, the proxy, and the server's own login at the Hub."""
    user = world.people.allowed
    page = world.until_server_runs(client, world.log_in(client, user, next_url=None))
    assert page.status == 200, page
    assert page.path == f"/user/{user.name}/"
    assert page.soup.find(id="name").get_text() == user.name
    assert page.soup.find(id="groups").get_text() == "hub-users"
    assert client.opened(f"/user/{user.name}/oauth_callback"), "the server has not asked the Hub"


def test_a_link_into_a_running_server_survives_the_login(
    world: World, client: WebClient, other_client: WebClient
) -> None:
    user = world.people.allowed
    world.until_server_runs(client, world.log_in(client, user, next_url="/hub/spawn"))
    page = world.log_in(other_client, user, next_url=f"/user/{user.name}/notebooks/a%20b.ipynb?line=3&x=%26")
    assert page.status == 200, page
    assert page.url == f"{world.hub.url}/user/{user.name}/notebooks/a%20b.ipynb?line=3&x=%26"


def test_an_admin_is_an_admin_and_nobody_else_is(world: World, client: WebClient, other_client: WebClient) -> None:
    world.log_in(client, world.people.admin)
    assert world.signed_in_as(client) == world.people.admin.name
    assert client.get(world.hub.page("admin")).status == 200

    world.log_in(other_client, world.people.allowed)
    assert world.signed_in_as(other_client) == world.people.allowed.name
    assert other_client.get(world.hub.page("admin")).status in (403, 404)


def test_somebody_who_is_not_allowed_gets_a_page_that_says_so(world: World, client: WebClient) -> None:
    mark = world.hub.log_mark()
    page = world.log_in(client, world.people.refused)
    line = refused(world, client, page, 403, mark)
    assert "has no access to jupyterhub" in page.text.lower()
    assert "rule=" in line, "the log does not say which rule decided"
    assert world.people.refused.name in line


@pytest.mark.parametrize("next_url", ["/hub/home?view=mine&q=a%26b", "/hub/token?x=%C3%A9"])
def test_next_is_kept_with_its_query(world: World, client: WebClient, next_url: str) -> None:
    page = world.log_in(client, world.people.allowed, next_url=next_url)
    assert page.status == 200, page
    assert page.url == world.hub.url + next_url


def test_a_fragment_of_next_travels_through_the_login(world: World, client: WebClient) -> None:
    callback = world.callback_url(client, world.people.allowed, next_url="/hub/home#cell-3")
    answer = client.get(callback, stop_before=lambda _: True)
    assert answer.headers["Location"] == "/hub/home#cell-3"


@pytest.mark.parametrize("next_url", ["https://attacker.example/hub/home", "//attacker.example", "/\\attacker.example"])
def test_a_login_never_ends_on_another_host(world: World, client: WebClient, next_url: str) -> None:
    page = world.log_in(client, world.people.allowed, next_url=next_url)
    assert page.url.startswith(world.hub.url + "/")
    assert not client.opened("//attacker.example")
    assert world.signed_in_as(client) == world.people.allowed.name


def test_the_authorization_request_is_protected(world: World, client: WebClient) -> None:
    first, second = query(world.authorization_url(client)), query(world.authorization_url(client))
    assert first["response_type"] == "code"
    assert first["redirect_uri"] == world.hub.page("oauth_callback")
    assert first["code_challenge_method"] == "S256"
    assert len(base64.urlsafe_b64decode(first["code_challenge"] + "=")) == 32
    assert {"openid", "profile", "groups"} <= set(first["scope"].split())
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43, f"{name} is short of 256 bits"
        assert first[name] != second[name], f"{name} is the same twice"
    assert len({first["state"], first["nonce"], first["code_challenge"]}) == 3


def test_a_hub_that_is_killed_and_started_between_redirect_and_callback(
    world: World, client: WebClient, other_client: WebClient
) -> None:
    """The attempt is in the browser, not in the Hub's memory; and a used one stays used."""
    callback = world.callback_url(client, world.people.allowed, next_url="/hub/home?after=restart")
    used = world.callback_url(other_client, world.people.admin)
    with other_client.copy() as elsewhere:  # so that `other_client` keeps the attempt's cookie
        assert elsewhere.get(used).status == 200
    world.hub.crash()
    world.hub.start()
    page = client.get(callback)
    assert page.status == 200, page
    assert page.url == world.hub.page("home?after=restart")
    assert world.signed_in_as(client) == world.people.allowed.name

    mark = world.hub.log_mark()
    refused(world, other_client, other_client.get(used), 400, mark)


def test_tabs_may_finish_in_reverse_order(world: World, client: WebClient) -> None:
    first = world.callback_url(client, world.people.allowed, next_url="/hub/home?tab=1")
    second = world.callback_url(client, world.people.allowed, next_url="/hub/home?tab=2")
    assert client.get(second).url == world.hub.page("home?tab=2")
    assert client.get(first).url == world.hub.page("home?tab=1")
    assert world.signed_in_as(client) == world.people.allowed.name


def test_the_same_callback_again_sends_a_signed_in_user_home(world: World, client: WebClient) -> None:
    callback = world.callback_url(client, world.people.allowed, next_url="/hub/home")
    assert client.get(callback).status == 200
    again = client.get(callback, stop_before=lambda _: True)
    assert again.status == 302, again
    assert world.signed_in_as(client) == world.people.allowed.name


def test_the_same_callback_after_logout_is_refused(world: World, client: WebClient) -> None:
    callback = world.callback_url(client, world.people.allowed)
    assert client.get(callback).status == 200
    client.get(world.hub.page("logout"))
    mark = world.hub.log_mark()
    page = client.get(callback)
    refused(world, client, page, 400, mark)
    asked = len(client.opened(world.site.issuer))
    client.get(page.link("try again"))
    assert len(client.opened(world.site.issuer)) > asked, "try again does not begin a login"


def test_a_callback_in_another_browser_is_refused(world: World, client: WebClient, other_client: WebClient) -> None:
    """Login CSRF: an attacker's callback address finds no attempt in the victim's browser."""
    callback = world.callback_url(client, world.people.allowed)
    mark = world.hub.log_mark()
    page = other_client.get(callback)
    refused(world, other_client, page, 400, mark)
    assert client.get(callback).status == 200
    assert world.signed_in_as(client) == world.people.allowed.name


def test_a_login_that_is_cancelled_at_the_provider(world: World, client: WebClient) -> None:
    # The provider may remember that the user has agreed before: `prompt` has it ask again.
    page = client.get(world.authorization_url(client, "/hub/home") + "&prompt=consent")
    mark = world.hub.log_mark()
    page = world.site.cancel(client, page, world.people.allowed, stop_before=None)
    assert query(client.opened("/hub/oauth_callback?")[0])["error"] == "access_denied"
    refused(world, client, page, 403, mark)
    assert "cancel" in page.text.lower()
    again = world.site.sign_in(client, client.get(page.link("try again")), world.people.allowed)
    assert again.url == world.hub.page("home"), again


def test_logging_out(world: World, client: WebClient) -> None:
    world.log_in(client, world.people.allowed)
    assert "jupyterhub-hub-login" in client.cookie_names()
    page = client.get(world.hub.page("logout"))
    assert page.status == 200, page
    assert page.url.startswith(world.hub.page(""))
    assert "You are signed out of JupyterHub" in page.text
    assert "jupyterhub-hub-login" not in client.cookie_names()
    assert world.signed_in_as(client) is None


def test_no_attempt_is_left_in_the_browser_after_a_login(world: World, client: WebClient) -> None:
    callback = world.callback_url(client, world.people.allowed)
    assert [name for name in client.cookie_names("/hub/") if "attempt" in name]
    client.get(callback)
    assert is_hub_callback(callback)
    assert not [name for name in client.cookie_names() if "attempt" in name]
