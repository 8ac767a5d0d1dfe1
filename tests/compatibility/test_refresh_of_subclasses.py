"""Overrides and hooks at a refresh."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compatibility.sides import ApiProvider, Sides
from tests.fakes.openid_provider import rules
from tests.support import Hub
from tests.support.refreshing import Time

pytestmark = pytest.mark.hub_versions


def plain(base: Any, received: list[Any]) -> Any:
    return base


async def refreshed(hub: Hub) -> Any:
    """What `refresh_user` answers about alice after some time; here data may be some seconds old."""
    if hasattr(hub.authenticator, "refresher"):
        Time(hub).passes(1 + hub.authenticator.user_data_max_age)
    return await hub.authenticator.refresh_user(hub.app.users["alice"])


async def stays_signed_in(hub: Hub) -> bool:
    """Whether a browser in which alice signs in gets a page after a refresh."""
    browser = hub.browser()
    await browser.login("alice")
    hub.app.users["alice"]._auth_refreshed = None
    return bool((await browser.get("/hub/home")).status == 200)


async def state_after(hub: Hub, answer: Any) -> dict[str, Any]:
    """The `auth_state` after a refresh. There the Hub writes what `refresh_user` returns; here it is written already."""
    return answer["auth_state"] if isinstance(answer, dict) else await hub.auth_state("alice") or {}


async def test_fields_of_the_refresh_request(
    sides: Sides, provider: ApiProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    required, optional = rules.TOKEN_FIELDS["refresh_token"]
    monkeypatch.setitem(rules.TOKEN_FIELDS, "refresh_token", (required, optional | {"audience"}))

    def subclass(base: Any, received: list[Any]) -> Any:
        class Fields(base):
            def build_refresh_token_request_params(self, refresh_token: str) -> dict[str, str]:
                params = super().build_refresh_token_request_params(refresh_token)
                received.append(sorted(params))
                return {**params, "audience": "data"}

        return Fields

    async def refresh(hub: Hub) -> Any:
        before = await hub.auth_state("alice") or {}
        provider._access_tokens.clear()
        answer = await refreshed(hub)
        after = await state_after(hub, answer)
        return [bool(answer), before["refresh_token"] != after["refresh_token"]]

    seen = await sides.run_same(subclass, then=refresh)
    assert seen.result == [True, True]
    assert [call.fields["audience"] for call in provider.requests_to("token") if "audience" in call.fields] == [
        "data"
    ] * 2


async def test_a_hook_that_refreshes_by_itself(sides: Sides, provider: ApiProvider) -> None:
    """The public pattern: new tokens by `get_token_info`, then the model by `_token_to_auth_model`."""
    provider.rotate_refresh_tokens = False

    async def hook(authenticator: Any, user: Any, auth_state: dict[str, Any]) -> Any:
        refresh_token = auth_state["refresh_token"]
        params = authenticator.build_refresh_token_request_params(refresh_token)
        token_info = await authenticator.get_token_info(None, params)
        token_info.setdefault("refresh_token", refresh_token)
        return await authenticator._token_to_auth_model(token_info)

    async def refresh(hub: Hub) -> Any:
        provider.users["alice"]["groups"] = ["new"]
        before = await hub.auth_state("alice") or {}
        answer = await refreshed(hub)
        after = await state_after(hub, answer)
        written = [group.name for group in hub.app.users["alice"].groups]
        groups = answer["groups"] if isinstance(answer, dict) else written
        return [
            after["access_token"] != before["access_token"],
            after["refresh_token"] == before["refresh_token"],
            groups,
        ]

    traits = {"refresh_user_hook": hook, "manage_groups": True, "auth_state_groups_key": "oauth_user.groups"}
    seen = await sides.run(plain, then=refresh, **traits)
    assert seen[0].result == seen[1].result == [True, True, ["new"]]


async def test_a_hook_that_returns_another_users_model_ends_the_session(sides: Sides) -> None:
    """With this package the account stays with its subject."""

    async def hook(authenticator: Any, user: Any, auth_state: dict[str, Any]) -> Any:
        return await authenticator._token_to_auth_model(tokens_of_bob)

    tokens_of_bob: dict[str, Any] = {}

    async def refresh(hub: Hub) -> Any:
        tokens_of_bob.update((await hub.auth_state("bob") or {})["token_response"])
        return [await stays_signed_in(hub), (await hub.auth_state("alice") or {})["oauth_user"]["sub"]]

    seen = await sides.run_one("ours", plain, "alice", "bob", then=refresh, refresh_user_hook=hook)
    assert seen.result == [False, "subject-of-alice"]


async def test_a_wrapped_model_at_a_refresh(sides: Sides, provider: ApiProvider) -> None:
    def subclass(base: Any, received: list[Any]) -> Any:
        class Wraps(base):
            async def _token_to_auth_model(self, token_info: dict[str, Any]) -> dict[str, Any]:
                auth_model: dict[str, Any] = await super()._token_to_auth_model(token_info)
                auth_model["auth_state"]["count"] = len(auth_model["auth_state"]["oauth_user"]["groups"])
                received.append(auth_model["name"])
                return auth_model

        return Wraps

    async def refresh(hub: Hub) -> Any:
        provider.users["alice"]["groups"] = ["one"]
        answer = await refreshed(hub)
        after = await state_after(hub, answer)
        return [bool(answer), after["count"]]

    seen = await sides.run(subclass, then=refresh)
    assert seen[0].result == seen[1].result == [True, 1]
    assert seen[0].received == seen[1].received == ["alice", "alice"]


async def test_an_expired_token_that_only_an_override_sends(sides: Sides, provider: ApiProvider) -> None:
    """The provider says no lifetime. A request with `httpfetch` finds out, and the refresh token is used."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Asks(base):
            async def get_token_info(self, handler: Any, params: Any) -> Any:
                token_info = await super().get_token_info(handler, params)
                received.append(params["grant_type"])
                return {name: value for name, value in token_info.items() if name != "expires_in"}

            async def token_to_user(self, token_info: dict[str, Any]) -> Any:
                headers = self.build_userdata_request_headers(token_info["access_token"], token_info["token_type"])
                return await self.httpfetch(f"{provider.issuer}/api/me", "Fetching user info...", headers=headers)

        return Asks

    async def refresh(hub: Hub) -> Any:
        provider._access_tokens.clear()
        return bool(await refreshed(hub))

    seen = await sides.run(subclass, then=refresh)
    assert [each.result for each in seen] == [True, True]
    assert seen[0].received == seen[1].received == ["authorization_code", "refresh_token"]


@pytest.mark.parametrize("answer", [True, False, None])
async def test_what_the_hook_answers(sides: Sides, answer: bool | None) -> None:
    """For a health-check user that no provider knows, say."""
    asked: list[str] = []

    def hook(authenticator: Any, user: Any, auth_state: dict[str, Any]) -> bool | None:
        asked.append(user.name)
        return answer

    seen = await sides.run_same(plain, then=stays_signed_in, refresh_user_hook=hook)
    assert seen.result is (answer is not False)
    assert asked == ["alice", "alice"]
