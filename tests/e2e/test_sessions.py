"""What comes after a login, against the certified provider: refreshed with tokens that are good once, and logged out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.ports import reserve_port

from .certified_provider import CLIENT_ID, CertifiedProvider
from .checks import fit_log
from .conftest import CLAIMS, CLIENT_SECRET, EVERYBODY, hub_environment, secrets_of
from .hub_process import HubProcess
from .processes import wait_for
from .provider_sites import CertifiedSite
from .web_client import Page, WebClient
from .worlds import CertifiedWorld

TOKEN_SECONDS = 2


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CertifiedWorld]:
    """A Hub that refreshes at every page from one second after the last time on, and logs out at the provider, too."""
    folder = tmp_path_factory.mktemp("sessions")
    port = reserve_port(until_exit=True)
    url = f"http://127.0.0.1:{port}"
    provider = CertifiedProvider(folder, hub_urls=[url], users=CLAIMS, client_secret=CLIENT_SECRET)
    hub = HubProcess(
        folder,
        port=port,
        environment=hub_environment(provider.issuer, CLIENT_ID, CLIENT_SECRET, port),
        settings={
            "GenericOAuthenticator": {
                "scope": ["openid", "profile", "email", "groups", "offline_access"],
                "extra_authorize_params": {"prompt": "consent"},  # without it this provider gives no refresh token
                "auth_refresh_age": 1,
                "rp_initiated_logout": True,
                "revoke_tokens_on_logout": True,
                "logout_redirect_url": f"{url}/hub/health",
            }
        },
    )
    with ExitStack() as cleanup:
        cleanup.callback(provider.end)
        provider.start()
        cleanup.callback(hub.end)
        hub.start()
        yield CertifiedWorld(hub, CertifiedSite(provider.issuer), EVERYBODY, secrets_of(hub), provider)


def asked_for(page: Page) -> str:
    """What the provider's page wants of the person: ``login`` or ``consent``."""
    field = page.form(having="prompt").find(attrs={"name": "prompt"})
    assert field is not None
    return str(field["value"])


def test_eight_pages_at_once_with_an_expired_token(world: CertifiedWorld, client: WebClient) -> None:
    """One refresh, eight pages; and the next refresh works, so that the token that was rotated last was kept."""
    world.provider.reset()
    world.provider.turn(access_token_seconds=TOKEN_SECONDS)
    assert world.log_in(client, world.people.allowed).status == 200
    ended = time.monotonic() + TOKEN_SECONDS
    wait_for("the access token to end", lambda: time.monotonic() > ended)
    world.provider.turn(delays={"token": 300})  # so that all are under way at the same time
    with fit_log(world, client), ExitStack() as tabs, ThreadPoolExecutor(8) as threads:
        copies = [tabs.enter_context(client.copy()) for _ in range(8)]
        pages = list(threads.map(lambda copy: copy.get(world.hub.page("home")), copies))
        assert [(page.status, page.path) for page in pages] == [(200, "/hub/home")] * 8
        assert world.provider.counted().grants == {"authorization_code": 1, "refresh_token": 1}

        def another_refresh() -> bool:
            assert world.signed_in_as(client) == world.people.allowed.name
            return world.provider.counted().grants["refresh_token"] == 2

        wait_for("the next refresh", another_refresh)
    assert world.provider.counted().refusals == []


def test_what_changes_at_the_provider_arrives_without_a_login(world: CertifiedWorld, client: WebClient) -> None:
    """An administrator who is taken out of the group is none with the next refresh."""
    world.provider.reset()
    world.provider.turn(access_token_seconds=TOKEN_SECONDS)
    assert world.log_in(client, world.people.admin).status == 200
    assert client.get(world.hub.page("admin")).status == 200
    claims = CLAIMS[world.people.admin.name]
    world.provider.turn(users={world.people.admin.name: {"groups": ["hub-users"]}})
    try:
        wait_for("the right to be gone", lambda: client.get(world.hub.page("admin")).status == 403)
        assert world.signed_in_as(client) == world.people.admin.name
    finally:
        world.provider.turn(users={world.people.admin.name: claims})


def test_logging_out_of_the_hub_logs_out_at_the_provider(world: CertifiedWorld, client: WebClient) -> None:
    """The browser ends where the configuration says, and the next login wants the password again."""
    world.provider.reset()
    user = world.people.allowed
    assert world.log_in(client, user).status == 200
    assert asked_for(client.get(world.login_url())) == "consent", "the provider knows this browser"

    with fit_log(world, client):
        page = client.get(world.hub.page("logout"))
        assert page.path == "/session/end", page
        page = client.submit(page, page.form(having="xsrf"), {"logout": "yes"})
        assert (page.status, page.url) == (200, world.hub.page("health"))
        assert client.opened("/hub/oauth_logged_out?state=")
        assert world.signed_in_as(client) is None
    counted = world.provider.counted()
    assert counted.of("revocation") == 2, "the refresh token and the access token"
    assert counted.refusals == []

    page = client.get(world.login_url("/hub/home"))
    assert asked_for(page) == "login"
    assert world.site.sign_in(client, page, user).path == "/hub/home"
    assert world.signed_in_as(client) == user.name
