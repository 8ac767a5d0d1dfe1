"""`JupyterHubOAuthenticator` against a strict fake; against a real hub it is in tests/e2e/test_two_hubs.py."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import JupyterHubOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.fakes.upstream_hub import IDENTIFY, FakeHub
from tests.support import Hub, HubState, check_invariants, refresh_is_due

Start = Callable[..., Awaitable[Hub]]
GOOD = {
    "hub_url": "https://hub.example.org",
    "client_id": "service-class-hub",
    "client_secret": "secret",
    "allow_all": True,
}


@pytest.fixture
async def upstream() -> AsyncIterator[FakeHub]:
    async with FakeHub() as upstream:
        yield upstream


@pytest.fixture
def start(upstream: FakeHub, hubs: Any) -> Start:
    """`await start(trait=value, …)`: a hub whose users have accounts at `upstream`."""

    async def start(**traits: Any) -> Hub:
        state = HubState()
        upstream.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = Config()
        config.JupyterHub.authenticator_class = JupyterHubOAuthenticator
        config.JupyterHubOAuthenticator.update(
            hub_url=upstream.origin,
            client_id=upstream.client.client_id,
            client_secret=upstream.client.client_secret,
            allow_all=True,
        )
        config.JupyterHubOAuthenticator.update(traits)
        return await hubs(config, state)

    return start


async def test_a_login(start: Start, upstream: FakeHub) -> None:
    hub = await start(enable_auth_state=True, manage_groups=True)
    browser = hub.browser()
    assert (await browser.login("alice")).path == "/hub/home"
    assert upstream.rounds == 2, "the token, then the user"
    assert not upstream.refusals
    (asked,) = upstream.requests_to("authorize")
    assert set(asked.fields["scope"].split(" ")) == IDENTIFY
    assert "nonce" not in asked.fields
    state = await hub.auth_state("alice")
    assert state is not None
    assert state["jupyterhub_user"]["name"] == "alice"
    assert (state["suite"]["subject"], state["refresh_token"]) == ("alice", None)
    assert {group.name for group in hub.app.users["alice"].orm_user.groups} == {"staff", "hub-admins"}
    check_invariants(hub, upstream, accounts=["alice"])


async def test_the_name_that_others_see_comes_along(start: Start) -> None:
    models: list[dict[str, Any]] = []

    def keep(_authenticator: Any, _handler: Any, model: dict[str, Any]) -> dict[str, Any]:
        models.append(dict(model))
        return model

    hub = await start(post_auth_hook=keep)
    await hub.browser().login("alice")
    assert models[0]["user_info"] == {"name": "Alice Example", "display_name": "Alice", "initials": "AE"}


@pytest.mark.parametrize("suffix", ["", "/", "/hub", "/hub/"])
async def test_the_address_may_be_written_in_any_way(start: Start, upstream: FakeHub, suffix: str) -> None:
    hub = await start(hub_url=upstream.origin + suffix)
    assert (await hub.browser().login("bob")).path == "/hub/home"


@pytest.mark.parametrize(
    "traits",
    [
        {"hub_url": "", "api_base_url": "{hub}/api"},
        {"hub_url": "", "api_base_url": "{hub}/api/"},
        {"hub_url": "https://elsewhere.example.org", "api_base_url": "{hub}/api"},
        {"api_base_url": "https://elsewhere.example.org", "authorize_url": "{hub}/api/oauth2/authorize"}
        | {"access_token_url": "{hub}/api/oauth2/token", "userdata_url": "{hub}/api/user"},
    ],
)
async def test_what_does_not_follow_from_the_address_can_be_said(
    start: Start, upstream: FakeHub, traits: dict[str, str]
) -> None:
    hub = await start(**{name: value.format(hub=upstream.hub_url) for name, value in traits.items()})
    assert (await hub.browser().login("bob")).path == "/hub/home"


async def test_the_environment_sets_it_up(start: Start, upstream: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """And an issuer in the environment, which is another provider's, does not disturb it."""
    monkeypatch.setenv("UPSTREAM_HUB_URL", upstream.origin)
    monkeypatch.setenv("UPSTREAM_HUB_CLIENT_ID", upstream.client.client_id)
    monkeypatch.setenv("UPSTREAM_HUB_CLIENT_SECRET", upstream.client.client_secret)
    monkeypatch.setenv("OIDC_ISSUER", "https://login.example.org")
    authenticator = JupyterHubOAuthenticator()
    authenticator.check_configuration()
    assert authenticator.current_client_secret() == upstream.client.client_secret
    assert authenticator.token_url == f"{upstream.hub_url}/api/oauth2/token"
    assert authenticator.issuer == ""


@pytest.mark.parametrize("kind", ["service", "", None])
@pytest.mark.parametrize("way", [{"allow_all": True}, {"allowed_users": {"alice"}}, {"admin_users": {"alice"}}])
async def test_a_service_is_nobody(start: Start, upstream: FakeHub, kind: str | None, way: dict[str, Any]) -> None:
    """It may have the name of a user, and is refused under every way in."""
    upstream.users["alice"]["kind"] = kind
    hub = await start(**{"allow_all": False, **way})
    browser = hub.browser()
    page = await browser.login("alice")
    assert page.status == 403
    assert hub.log.lines_with("rule=kind is user")
    assert hub.accounts() == {} or not browser.logged_in


@pytest.mark.parametrize(
    ("trusted", "there", "before", "after"),
    [(False, True, False, False), (True, True, False, True), (True, False, True, False), (False, False, True, True)],
)
async def test_administrators_of_the_other_hub(
    start: Start, upstream: FakeHub, trusted: bool, there: bool, before: bool, after: bool
) -> None:
    """Only with trust_idp_admin do they mean anything here; then they mean everything."""
    upstream.users["bob"]["admin"] = there
    hub = await start(trust_idp_admin=trusted)
    await hub.browser().login("bob")
    hub.app.users["bob"].admin = before
    hub.app.db.commit()
    await hub.browser().login("bob")
    assert hub.accounts()["bob"] is after


@pytest.mark.parametrize("flag", ["true", 1, None, {"admin": True}])
async def test_only_true_makes_an_administrator(start: Start, upstream: FakeHub, flag: Any) -> None:
    upstream.users["bob"]["admin"] = flag
    hub = await start(trust_idp_admin=True)
    await hub.browser().login("bob")
    assert hub.accounts() == {"bob": False}


async def test_names_of_administrators_hold_beside_it(start: Start) -> None:
    hub = await start(trust_idp_admin=True, admin_users={"carol"})
    await hub.browser().login("carol")
    assert hub.accounts()["carol"] is True


async def test_a_token_that_is_good_no_more_ends_the_session(start: Start, upstream: FakeHub) -> None:
    """A hub answers 403 there, where others say 401."""
    hub = await start(enable_auth_state=True, user_data_max_age=0)
    browser = hub.browser()
    await browser.login("alice")
    refresh_is_due(hub)
    assert (await browser.get("/hub/home")).status == 200
    assert upstream.count("userinfo") == 2
    upstream.revoke_everything()
    refresh_is_due(hub)
    page = await browser.get("/hub/home")
    assert (page.status, page.location is not None and "/hub/login" in page.location) == (302, True)
    assert upstream.requests_to("userinfo")[-1].status == 403
    check_invariants(hub, upstream, accounts=["alice"])


async def test_somebody_elses_token_at_a_refresh_ends_the_session(start: Start, upstream: FakeHub) -> None:
    hub = await start(enable_auth_state=True, user_data_max_age=0)
    browser = hub.browser()
    await browser.login("alice")
    upstream.users["alice"]["preferred_username"] = "alice2"  # renamed there
    refresh_is_due(hub)
    assert (await browser.get("/hub/home")).status == 302
    assert hub.log.lines_with("another subject")


@pytest.mark.parametrize(
    ("traits", "names"),
    [
        ({"client_id": "class-hub"}, "service-"),
        ({"client_id": ""}, "UPSTREAM_HUB_CLIENT_ID"),
        ({"hub_url": ""}, "hub_url"),
        ({"hub_url": "", "authorize_url": "https://hub.example.org/hub/api/oauth2/authorize"}, "hub_url"),
        ({"hub_url": "http://hub.example.org"}, "https"),
    ],
)
def test_what_cannot_work_stops_the_start_up(
    traits: dict[str, str], names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("UPSTREAM_HUB_URL", "UPSTREAM_HUB_CLIENT_ID", "OAUTH_CLIENT_ID", "OAUTH2_TOKEN_URL"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ConfigurationError, match=names):
        JupyterHubOAuthenticator(**{**GOOD, **traits}).check_configuration()


@pytest.mark.parametrize(
    ("callback", "warned"),
    [
        ("https://hub.example.org:8443/hub/oauth_callback", True),
        ("https://hub.example.org/class/hub/oauth_callback", False),
        ("https://class.example.org/hub/oauth_callback", False),
        ("", False),
    ],
)
def test_two_hubs_of_one_host_name_share_cookies(callback: str, warned: bool, caplog: pytest.LogCaptureFixture) -> None:
    authenticator = JupyterHubOAuthenticator(**GOOD, oauth_callback_url=callback)
    authenticator.log = logging.getLogger("hub")
    authenticator.check_configuration()
    assert ("host name of this Hub" in caplog.text) is warned
