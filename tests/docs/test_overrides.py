"""Each example of how-to/override-a-stage.md, in a whole login through a real Hub and a strict provider."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from oauthenticator_suite import GenericOAuthenticator
from tests.conftest import generic_config
from tests.docs.pages import Block, blocks
from tests.fakes.openid_provider import FakeProvider, Fault, Reply, rules
from tests.support import Hub, HubState

EXAMPLES = {block.section: block for block in blocks() if block.page.name == "override-a-stage.md"}

Start = Callable[..., Awaitable[Hub]]


@pytest.fixture
def hub_with(provider: FakeProvider, hubs: Any, tmp_path: Path) -> Start:
    """`await hub_with(section, trait=value, …)`: a Hub with that example, and everybody allowed unless it says so."""

    async def start(section: str, **traits: Any) -> Hub:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(provider, **traits)
        config.merge(EXAMPLES[section].load(tmp_path))
        return await hubs(config, state)

    return start


@pytest.mark.parametrize("block", EXAMPLES.values(), ids=str)
def test_every_example_is_tried_here(block: Block) -> None:
    assert f'"{block.section}"' in Path(__file__).read_text(encoding="utf-8")


async def test_build_access_tokens_request_params(
    hub_with: Start, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    required, _ = rules.TOKEN_FIELDS["authorization_code"]
    monkeypatch.setitem(rules.TOKEN_FIELDS, "authorization_code", (required, {"audience"}))
    hub = await hub_with("build_access_tokens_request_params")
    assert (await hub.browser().login("alice")).path == "/hub/home"
    (call,) = provider.requests_to("token")
    assert call.fields["audience"] == "data.127.0.0.1"


async def test_get_token_info(hub_with: Start, provider: FakeProvider) -> None:
    def wrap(_provider: FakeProvider, reply: Reply) -> None:
        reply.json = {"data": reply.json}

    provider.faults.on(Fault("envelope", "token", "the reply in an envelope", wrap))
    hub = await hub_with("get_token_info")
    assert (await hub.browser().login("alice")).path == "/hub/home"
    assert provider.faults.applied["envelope"] == 1


async def test_token_to_user(hub_with: Start, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUPS_URL", f"{provider.issuer}/userinfo")
    hub = await hub_with("token_to_user", scope=["openid", "profile", "groups"])
    assert (await hub.browser().login("alice")).path == "/hub/home"
    assert provider.count("userinfo") == 2
    groups = {group.name for group in hub.app.users["alice"].orm_user.groups}
    assert groups == set(provider.users["alice"]["groups"])


async def test_user_info_to_username(hub_with: Start, provider: FakeProvider) -> None:
    provider.users["alice"]["email"] = "a.archer@example.org"
    provider.users["bob"]["email"] = "bob@example.com"
    provider.users["carol"]["email_verified"] = False
    hub = await hub_with("user_info_to_username")
    assert (await hub.browser().login("alice")).path == "/hub/home"
    for stranger in ("bob", "carol"):
        page = await hub.browser().login(stranger)
        assert page.status == 403
        assert "Please sign in with your example.org account." in page.text
    assert set(hub.accounts()) == {"a.archer"}


async def test_build_auth_state_dict(hub_with: Start) -> None:
    hub = await hub_with("build_auth_state_dict")
    assert (await hub.browser().login("alice")).path == "/hub/home"
    auth_state = await hub.auth_state("alice")
    assert auth_state is not None
    assert {"access_token", "oauth_user"} <= set(auth_state)
    assert {"refresh_token", "id_token", "token_response"}.isdisjoint(auth_state)


async def test_update_auth_model(hub_with: Start, provider: FakeProvider) -> None:
    provider.users["bob"]["email"] = "bob@example.com"
    hub = await hub_with("update_auth_model", scope=["openid", "profile", "email", "groups"])
    assert (await hub.browser().login("alice")).path == "/hub/home"
    assert (await hub.browser().login("bob")).status == 403
    groups = {group.name for group in hub.app.users["alice"].orm_user.groups}
    assert groups == {*provider.users["alice"]["groups"], "example-org"}


async def test_normalize_username(hub_with: Start, provider: FakeProvider) -> None:
    provider.users["alice"]["preferred_username"] = "Alice Archer"
    hub = await hub_with("normalize_username")
    assert (await hub.browser().login("alice")).path == "/hub/home"
    assert set(hub.accounts()) == {"alice_archer"}


async def test_hooks(hub_with: Start, provider: FakeProvider) -> None:
    hub = await hub_with(
        "Without a subclass",
        manage_groups=True,
        enable_auth_state=True,
        scope=["openid", "profile", "groups"],
    )
    assert (await hub.browser().login("alice")).path == "/hub/home"
    groups = {group.name for group in hub.app.users["alice"].orm_user.groups}
    assert groups == set(provider.users["alice"]["groups"])
    auth_state = await hub.auth_state("alice")
    assert auth_state is not None
    assert auth_state["token_response"] is None
    assert any("alice has signed in" in line for line in hub.log.at_least(20))


class PlainStages(GenericOAuthenticator):
    """Overrides, as plain functions, of the stages that are coroutine functions in the base class and need not be."""

    def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        return dict(self.id_token_claims or {})

    def get_user_groups(self, auth_state: dict[str, Any]) -> list[str]:
        return ["plain"]

    def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
        return {**auth_model, "groups": [*auth_model["groups"], "functions"]}


async def test_stages_may_be_plain_functions(hubs: Any, provider: FakeProvider) -> None:
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, manage_groups=True, username_claim="sub")
    config.JupyterHub.authenticator_class = PlainStages
    hub = await hubs(config, state)
    browser = hub.browser()
    assert (await browser.login("alice")).path == "/hub/home"
    (account,) = hub.accounts()
    assert {group.name for group in hub.app.users[account].orm_user.groups} == {"plain", "functions"}


async def test_handlers(hub_with: Start, provider: FakeProvider) -> None:
    hub = await hub_with("Handlers")
    page = await hub.browser().get("/hub/oauth_login?lang=de")
    assert "ui_locales=de" in (page.location or "")
    assert (await hub.browser().login("alice")).path == "/hub/home"
    *_, call = provider.requests_to("authorize")
    assert call.fields["ui_locales"] == "en"


async def test_options_in_the_class(hub_with: Start, provider: FakeProvider) -> None:
    provider.users["alice"]["preferred_username"] = "alice@campus.example.org"
    hub = await hub_with("Options in the class")
    assert (await hub.browser().login("alice")).path == "/hub/home"
    assert hub.accounts() == {"alice": False}
    assert hub.authenticator.login_service == "Campus login"
