"""What only a provider that counts and can be stopped can show: frugality, outages, wrong secrets, races."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from .checks import fit_log, refused
from .conftest import CLIENT_SECRET, CertifiedWorldMaker
from .processes import wait_for
from .web_client import WebClient
from .worlds import CertifiedWorld

# Every character that form encoding and HTTP Basic could stumble over (RFC 6749 §2.3.1 and appendix B).
AWKWARD_SECRET = "a b+c/d%20:e&f=g~-._" + "x" * 24


def log_in_afresh(world: CertifiedWorld) -> None:
    """A login in a new browser, which must work."""
    with WebClient() as browser:
        page = world.log_in(browser, world.people.allowed)
        assert page.status == 200, page
        assert world.signed_in_as(browser) == world.people.allowed.name


def test_a_login_makes_one_token_request_and_at_most_one_for_the_user(certified_world: CertifiedWorld) -> None:
    world = certified_world
    log_in_afresh(world)
    world.provider.reset()
    for _ in range(3):
        log_in_afresh(world)
    counted = world.provider.counted()
    assert counted.of("token") == 3
    assert counted.grants == {"authorization_code": 3}
    assert counted.of("userinfo") <= 3
    assert counted.of("discovery") == 0, "the metadata were known"
    assert counted.of("jwks") == 0, "the keys were known"
    assert counted.connections <= 2, "connections are not used again"
    assert counted.refusals == []


def test_a_callback_counts_once_however_often_it_is_sent(certified_world: CertifiedWorld, client: WebClient) -> None:
    """Eight copies at once, and one later: one code exchange, and the browser is signed in."""
    world = certified_world
    callback = world.callback_url(client, world.people.allowed, next_url="/hub/home")
    world.provider.reset()
    world.provider.turn(delays={"token": 300})  # so that all are under way at the same time
    with fit_log(world, client), ExitStack() as tabs, ThreadPoolExecutor(8) as threads:
        copies = [tabs.enter_context(client.copy()) for _ in range(8)]
        pages = list(threads.map(lambda copy: copy.get(callback, stop_before=lambda _: True), copies))
    assert {page.status for page in pages} <= {302, 303}, pages
    world.provider.turn(delays={"token": 0})
    assert world.provider.counted().of("token") == 1
    winners = [page for page in pages if page.status == 302 and page.headers["Location"] == "/hub/home"]
    assert len(winners) == 1, pages

    later = client.get(callback)
    assert later.status == 400, later
    assert world.provider.counted().of("token") == 1
    assert world.provider.counted().refusals == []


def test_a_stopped_provider_is_reported_and_the_hub_lives(
    certified_world: CertifiedWorld, client: WebClient, other_client: WebClient
) -> None:
    world = certified_world
    log_in_afresh(world)
    world.log_in(other_client, world.people.admin)
    callback = world.callback_url(client, world.people.allowed, next_url="/hub/home")
    world.provider.stop()
    try:
        mark = world.hub.log_mark()
        page = client.get(callback)
        line = refused(world, client, page, 502, mark)
        assert "We cannot reach" in page.text
        assert world.site.issuer.removeprefix("http://") in line, "the log does not say who could not be reached"
        assert world.signed_in_as(other_client) == world.people.admin.name, "who was signed in stays so"
        assert client.get(world.hub.page("login")).status == 200
    finally:
        world.provider.start()
    retried = client.get(page.link("try again"))
    assert world.site.sign_in(client, retried, world.people.allowed).url == world.hub.page("home")
    log_in_afresh(world)


def test_a_provider_that_answers_too_late(certified_world: CertifiedWorld, client: WebClient) -> None:
    """F1: the time limit of the Hub's requests is kept, and told from a provider that is away."""
    world = certified_world
    callback = world.callback_url(client, world.people.allowed)
    world.provider.turn(delays={"token": 60_000})
    mark = world.hub.log_mark()
    page = client.get(callback)  # before the provider answers, in a minute
    world.provider.reset()
    refused(world, client, page, 504, mark)
    log_in_afresh(world)


@pytest.mark.parametrize(("fault", "status"), [(500, 502), (503, 503), (429, 503)])
def test_a_provider_in_trouble(certified_world: CertifiedWorld, client: WebClient, fault: int, status: int) -> None:
    """F15, F16, F17: an answer that is an error of the provider's is not an error of the user's."""
    world = certified_world
    callback = world.callback_url(client, world.people.allowed)
    world.provider.turn(faults={"token": fault})
    mark = world.hub.log_mark()
    page = client.get(callback)
    world.provider.reset()
    refused(world, client, page, status, mark)


def test_a_provider_that_comes_back_with_new_keys(certified_world: CertifiedWorld) -> None:
    """F59: a token signed with a key that the Hub has not seen costs one request for the keys."""
    world = certified_world
    log_in_afresh(world)
    world.provider.stop()
    world.provider.new_keys()
    world.provider.start()
    log_in_afresh(world)
    log_in_afresh(world)
    assert world.provider.counted().of("jwks") == 1


def test_a_secret_that_the_provider_does_not_accept(certified_world: CertifiedWorld, client: WebClient) -> None:
    world = certified_world
    world.provider.stop()
    world.provider.expect_secret("another-secret-than-the-one-that-the-hub-has")
    world.provider.start()
    try:
        mark = world.hub.log_mark()
        with fit_log(world, client):
            page = world.log_in(client, world.people.allowed)
            line = refused(world, client, page, 502, mark)
        assert "invalid_client" in line, "the log does not say what the provider has answered"
        assert world.provider.counted().of("token") == 1, "a refused request is not sent again"
    finally:
        world.provider.stop()
        world.provider.expect_secret(CLIENT_SECRET)
        world.provider.start()
    log_in_afresh(world)


def test_a_hub_that_starts_before_its_provider(new_certified_world: CertifiedWorldMaker, client: WebClient) -> None:
    """The Hub starts and warns; when the provider comes, logins work without a restart.

    This world's secret has every awkward character, and goes as HTTP Basic: an encoding mistake would show.
    """
    world = new_certified_world(secret=AWKWARD_SECRET, basic_auth=True)
    world.hub.start()
    wait_for("a warning in the log", lambda: "No user can sign in" in world.hub.log_text)
    assert world.site.issuer in world.hub.log_text
    mark = world.hub.log_mark()
    page = client.get(world.login_url("/hub/home"))
    refused(world, client, page, 502, mark)

    # The worst moment for the provider to come: the Hub has just asked without an answer, and will ask again in some seconds.
    wait_for("another warning in the log", lambda: world.hub.log_text.count("No user can sign in") >= 2)
    world.provider.start()
    retried = client.get(page.link("try again"))
    with fit_log(world, client):
        page = world.site.sign_in(client, retried, world.people.allowed)
    assert page.url == world.hub.page("home"), page
    for _ in range(3):
        log_in_afresh(world)
    wait_for("the Hub to say that all is well", lambda: "is ready" in world.hub.log_text)
    counted = world.provider.counted()
    assert counted.of("token") == 4
    assert counted.of("discovery") == 1, "the metadata are fetched once"
    assert counted.of("jwks") == 1, "the keys are fetched once"
    world.hub.end()
    world.provider.end()
