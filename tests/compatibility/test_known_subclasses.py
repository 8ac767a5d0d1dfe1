"""Subclasses and hooks in the shape of known hubs, at one provider under both packages."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from traitlets import Bool, Unicode

from tests.compatibility.sides import ApiProvider, Sides
from tests.support import Hub

pytestmark = pytest.mark.hub_versions


async def test_roles_of_a_realm(sides: Sides, provider: ApiProvider) -> None:
    """A class for Keycloak: requests with `http_client` for a token of the Hub's own, and roles of the user.

    It asks `check_allowed` itself, and defines the roles when the Hub starts.
    """
    provider.roles = {"alice": ["analyst", "reader"], "bob": ["reader"], "carol": []}

    def subclass(base: Any, received: list[Any]) -> Any:
        class Realm(base):
            realm_api_url = Unicode(config=True)
            reset_managed_roles_on_startup = Bool(True)

            async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
                auth_model = await super().update_auth_model(auth_model)
                user = auth_model["auth_state"][self.user_auth_state_key]["preferred_username"]
                of_user = await self._fetch_api(f"users/{user}", await self._get_token())
                auth_model["roles"] = [{"name": role["name"]} for role in of_user]
                if auth_model["admin"]:
                    auth_model["roles"].append({"name": "admin"})
                if await self.check_allowed(auth_model["name"], auth_model):
                    auth_model["roles"].append({"name": "user"})
                return auth_model

            async def load_managed_roles(self) -> list[dict[str, Any]]:
                found = await self._fetch_api("roles", await self._get_token())
                return [
                    {"name": role["name"], "scopes": ["list:users"], "description": "of the realm"} for role in found
                ]

            async def _get_token(self) -> str:
                body = urlencode({"client_id": self.client_id, "grant_type": "client_credentials"})
                response = await self.http_client.fetch(f"{self.realm_api_url}/token", method="POST", body=body)
                return str(json.loads(response.body)["access_token"])

            async def _fetch_api(self, endpoint: str, token: str) -> Any:
                response = await self.http_client.fetch(
                    f"{self.realm_api_url}/{endpoint}", method="GET", headers={"Authorization": f"Bearer {token}"}
                )
                return json.loads(response.body)

        return Realm

    async def of_users(hub: Hub) -> Any:
        return {name: sorted(role.name for role in hub.app.users[name].orm_user.roles) for name in hub.accounts()}

    traits = {"allow_all": False, "allowed_users": {"alice", "bob"}, "admin_users": {"alice"}, "manage_roles": True}
    seen = await sides.run_same(
        subclass,
        "alice",
        "bob",
        "carol",
        then=of_users,
        realm_api_url=f"{provider.issuer}/realm",
        section="Realm",
        **traits,
    )
    assert seen.result == {"alice": ["admin", "analyst", "reader", "user"], "bob": ["reader", "user"]}
    assert seen.pages["carol"] == 403


async def test_groups_from_an_api_in_update_auth_model(sides: Sides, provider: ApiProvider) -> None:
    """A class that asks for groups with the user's token, in `update_auth_model`, where 16 took them.

    `oauthenticator` 17 replaces what it sets; here it wins. With `get_user_groups`, both do the same.
    """

    async def ask(self: Any, auth_state: dict[str, Any]) -> list[str]:
        token = auth_state["access_token"]
        found = await self.httpfetch(
            f"{provider.issuer}/api/me", "Fetching groups", method="GET", headers={"Authorization": f"Bearer {token}"}
        )
        return [f"api-{name}" for name in found["groups"]]

    def in_model(base: Any, received: list[Any]) -> Any:
        class InModel(base):
            async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
                auth_model["groups"] = await ask(self, auth_model["auth_state"])
                return auth_model

        return InModel

    def in_stage(base: Any, received: list[Any]) -> Any:
        class InStage(base):
            async def get_user_groups(self, auth_state: dict[str, Any]) -> set[str]:
                return set(await ask(self, auth_state))

        return InStage

    traits = {
        "manage_groups": True,
        "allow_all": False,
        "allowed_groups": {"api-staff"},
        "admin_groups": {"api-hub-admins"},
    }
    same = await sides.run_same(in_stage, "alice", "bob", **traits)
    ours = await sides.run_one("ours", in_model, "alice", "bob", **traits)
    for seen in (same, ours):
        assert seen.groups == {"alice": ["api-hub-admins", "api-staff"]}
        assert seen.accounts == {"alice": True}
        assert seen.pages == {"alice": 200, "bob": 403}


async def test_rights_in_the_state_and_a_profile_of_the_user(sides: Sides, provider: ApiProvider) -> None:
    """A hook that reads roles, keeps them for the spawner, and has effects elsewhere."""
    written: list[str] = []

    async def hook(authenticator: Any, auth_state: dict[str, Any]) -> dict[str, Any]:
        user_info = auth_state[authenticator.user_auth_state_key]
        profile = await authenticator.httpfetch(
            f"{provider.issuer}/api/echo",
            "the profile",
            method="POST",
            headers={"Accept": "application/json", "User-Agent": "hook", "Content-Type": "application/json"},
            body=json.dumps({"user": user_info["sub"]}),
            request_timeout=5.0,
        )
        written.append(user_info["preferred_username"])
        return {**auth_state, "roles": user_info["groups"], "profile": profile}

    traits = {"modify_auth_state_hook": hook, "manage_groups": True, "auth_state_groups_key": "roles"}
    seen = await sides.run_same(lambda base, received: base, "alice", "bob", **traits)
    assert written == ["alice", "bob"] * 2
    assert json.loads(seen.auth_states["bob"]["profile"]["body"]) == {"user": "subject-of-bob"}
    assert seen.groups["bob"] == ["students"]


async def test_a_federation_with_tokens_and_groups(sides: Sides, provider: ApiProvider) -> None:
    """The class with most overrides that is known: a method for the name, one for the refresh, a wrapped model.

    It reads a token's data with a custom request, with the client's credentials and all options in use.
    """

    def subclass(base: Any, received: list[Any]) -> Any:
        class Federation(base):
            login_service = "Federation"
            federation_host = Unicode("login.example.org", config=True)
            introspect_url = Unicode(config=True)
            name_claim = Unicode("sub", config=True)
            manage_groups = Bool(True)

            def username_claim(self, user_info: dict[str, Any]) -> str:
                if user_info.get("anonymous"):
                    return "anonymous"
                return str(user_info[self.name_claim]).removeprefix("subject-of-")

            async def refresh_user_hook(self, authenticator: Any, user: Any, auth_state: dict[str, Any]) -> bool | None:
                received.append(["refresh", user.name])
                return None

            def build_access_tokens_request_params(self, handler: Any, data: Any = None) -> Any:
                params = super().build_access_tokens_request_params(handler, data)
                received.append(["params", params["grant_type"]])
                return params

            async def get_token_info(self, handler: Any, params: Any) -> Any:
                return await super().get_token_info(handler, params)

            async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
                user_info: dict[str, Any] = await super().token_to_user(token_info)
                answer = await self.httpfetch(
                    self.introspect_url,
                    method="POST",
                    headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "a/b", "User-Agent": "x"},
                    auth_username=self.client_id,
                    auth_password=self.client_secret,
                    body=urlencode({"token": "kept-out"}).encode(),
                    validate_cert=self.validate_server_cert,
                )
                return {**user_info, "asked_as": answer["method"]}

            async def _token_to_auth_model(self, token_info: dict[str, Any]) -> dict[str, Any]:
                auth_model: dict[str, Any] = await super()._token_to_auth_model(token_info)
                groups = sorted(auth_model["groups"])
                auth_model["auth_state"]["primary_group"] = groups[0] if groups else None
                return auth_model

            def get_handlers(self, app: Any) -> list[Any]:
                handlers: list[Any] = super().get_handlers(app)
                return handlers

        return Federation

    async def refresh(hub: Hub) -> Any:
        return bool(await hub.authenticator.refresh_user(hub.app.users["alice"]))

    seen = await sides.run_same(
        subclass,
        "alice",
        "carol",
        then=refresh,
        section="Federation",
        without=("username_claim",),
        introspect_url=f"{provider.issuer}/api/echo",
        auth_state_groups_key="oauth_user.groups",
    )
    assert seen.accounts == {"alice": False, "carol": False}
    assert seen.auth_states["alice"]["primary_group"] == "hub-admins"
    assert seen.auth_states["carol"]["primary_group"] is None
    assert ["refresh", "alice"] in seen.received


async def test_endpoints_that_a_spawner_reads(sides: Sides, provider: ApiProvider) -> None:
    """They are attributes also when they come from the provider's metadata."""

    async def read(hub: Hub) -> Any:
        authenticator = hub.authenticator
        return [
            authenticator.authorize_url,
            authenticator.token_url,
            authenticator.userdata_url,
            authenticator.client_id,
            authenticator.extra_authorize_params,
        ]

    def plain(base: Any, received: list[Any]) -> Any:
        return base

    urls = [f"{provider.issuer}/{name}" for name in ("authorize", "token", "userinfo")]
    same = await sides.run_same(plain, then=read)
    discovered = await sides.run_one(
        "ours",
        plain,
        then=read,
        without=("authorize_url", "token_url", "userdata_url", "scope"),
        issuer=provider.issuer,
        userdata_from_id_token=False,
    )
    assert discovered.pages == {"alice": 200}
    assert same.result == discovered.result == [*urls, "hub", {}]
