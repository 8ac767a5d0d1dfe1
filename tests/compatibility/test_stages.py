"""The overridable methods of a login: what each gets, and what becomes of what it returns."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compatibility.sides import ApiProvider, Sides
from tests.support import Hub

pytestmark = pytest.mark.hub_versions

GROUPS = {"manage_groups": True, "auth_state_groups_key": "oauth_user.groups"}


def keys(value: Any) -> list[str]:
    return sorted(key for key in value if key != "suite")


async def test_each_stage_gets_the_same(sides: Sides) -> None:
    """Two differences are wanted: `groups` are there before `update_auth_model`, and the name is mapped once."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Notes(base):
            def build_access_tokens_request_params(self, handler: Any, data: Any = None) -> Any:
                params = super().build_access_tokens_request_params(handler, data)
                received.append(["params", params["grant_type"], bool(params["code"]), bool(params["code_verifier"])])
                return params

            async def get_token_info(self, handler: Any, params: Any) -> Any:
                token_info = await super().get_token_info(handler, params)
                received.append(["token_info", params["grant_type"], keys(token_info), handler is not None])
                return token_info

            async def token_to_user(self, token_info: Any) -> Any:
                user_info = await super().token_to_user(token_info)
                received.append(["user", keys(token_info), user_info])
                return {**user_info, "extra": 1}

            def user_info_to_username(self, user_info: Any) -> str:
                received.append(["username", user_info])
                return str(super().user_info_to_username(user_info)).upper()

            def build_auth_state_dict(self, token_info: Any, user_info: Any) -> Any:
                auth_state = super().build_auth_state_dict(token_info, user_info)
                received.append(["auth_state", keys(token_info), keys(auth_state), auth_state["scope"]])
                return {**auth_state, "added": True}

            async def get_user_groups(self, auth_state: Any) -> Any:
                groups = await super().get_user_groups(auth_state)
                received.append(["groups", keys(auth_state), sorted(groups)])
                return groups

            async def update_auth_model(self, auth_model: Any) -> Any:
                model = await super().update_auth_model(auth_model)
                received.append(["model", model["name"], model["admin"], keys(model["auth_state"])])
                return model

            async def check_allowed(self, username: Any, auth_model: Any) -> Any:
                allowed = await super().check_allowed(username, auth_model)
                received.append(["allowed", username, keys(auth_model["auth_state"]), sorted(auth_model["groups"])])
                received.append(["allowed", allowed])
                return allowed

        return Notes

    traits = {"allow_all": False, "allowed_groups": {"staff"}, "admin_users": {"bob"}, **GROUPS}
    theirs, ours = await sides.run(subclass, "alice", "bob", "carol", **traits)
    assert sorted(map(str, ours.received)) == sorted(map(str, theirs.received))
    order = [entry[0] for entry in ours.received[:8]]
    assert order == ["params", "token_info", "user", "username", "auth_state", "groups", "model", "allowed"]
    ours.received = theirs.received = []
    assert ours.comparable == theirs.comparable
    assert ours.pages == {"alice": 200, "bob": 200, "carol": 403}
    assert ours.groups == {"alice": ["hub-admins", "staff"], "bob": ["students"]}
    assert ours.accounts == {"alice": False, "bob": True}


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("answer", [{"a", "b"}, ["a", "b"]], ids=["set", "list"])
async def test_get_user_groups_of_either_kind(sides: Sides, kind: str, answer: Any) -> None:
    def subclass(base: Any, received: list[Any]) -> Any:
        def groups(self: Any, auth_state: dict[str, Any]) -> Any:
            received.append(keys(auth_state))
            return answer

        async def later(self: Any, auth_state: dict[str, Any]) -> Any:
            return groups(self, auth_state)

        return type("Groups", (base,), {"get_user_groups": groups if kind == "sync" else later})

    seen = await sides.run_same(subclass, **GROUPS)
    assert seen.groups == {"alice": ["a", "b"]}


@pytest.mark.parametrize(
    "stage",
    ["token_to_user", "get_token_info", "build_auth_state_dict", "update_auth_model", "check_allowed", "authenticate"],
)
async def test_a_stage_of_the_other_kind(sides: Sides, stage: str) -> None:
    """A function that returns an awaitable, and a coroutine function where the base class has a plain one."""

    def subclass(base: Any, received: list[Any]) -> Any:
        inherited = getattr(base, stage)

        def returns(self: Any, *arguments: Any, **options: Any) -> Any:
            received.append(stage)
            return inherited(self, *arguments, **options)

        async def awaits(self: Any, *arguments: Any, **options: Any) -> Any:
            received.append(stage)
            return inherited(self, *arguments, **options)

        return type("Other", (base,), {stage: awaits if stage == "build_auth_state_dict" else returns})

    seen = await sides.run_same(subclass, allow_all=False, allowed_users={"alice"})
    assert seen.received == [stage]
    assert seen.pages == {"alice": 200}


async def test_headers_of_the_userinfo_request(sides: Sides, provider: ApiProvider) -> None:
    """An override adds a header, and a subclass builds the headers of custom requests with the method."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Headers(base):
            def build_userdata_request_headers(self, access_token: str, token_type: str) -> dict[str, str]:
                received.append(token_type)
                return {**super().build_userdata_request_headers(access_token, token_type), "X-Extra": "7"}

            async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
                headers = self.build_userdata_request_headers(auth_model["auth_state"]["access_token"], "bEARER")
                auth_model["auth_state"]["me"] = await self.httpfetch(f"{provider.issuer}/api/me", headers=headers)
                return auth_model

        return Headers

    seen = await sides.run_same(subclass)
    assert seen.received == ["Bearer", "bEARER"]
    assert seen.auth_states["alice"]["me"]["sub"] == "subject-of-alice"
    calls = [*provider.requests_to("userinfo"), *provider.requests_to("api")]
    assert [call.headers["x-extra"] for call in calls] == ["7"] * 4
    assert all(call.headers["authorization"].startswith("Bearer access-") for call in calls)


@pytest.mark.parametrize("basic_auth", [False, True])
async def test_headers_of_the_token_request(sides: Sides, provider: ApiProvider, *, basic_auth: bool) -> None:
    if basic_auth:
        provider.client.auth_method = "client_secret_basic"
        provider.client.client_secret = "plain-letters"  # oauthenticator does not encode others (RFC 6749 §2.3.1)

    def subclass(base: Any, received: list[Any]) -> Any:
        class Headers(base):
            def build_token_info_request_headers(self) -> dict[str, str]:
                headers: dict[str, str] = super().build_token_info_request_headers()
                received.append(sorted(headers))
                return {**headers, "X-Extra": "7"}

        return Headers

    seen = await sides.run_same(subclass, basic_auth=basic_auth)
    assert ("Authorization" in seen.received[0]) == basic_auth
    for call in provider.requests_to("token"):
        assert call.headers["x-extra"] == "7"
        assert call.headers["content-type"] == "application/x-www-form-urlencoded; charset=utf-8"


async def test_another_token_type(sides: Sides, provider: ApiProvider) -> None:
    """The scheme of the header is the type as the provider writes it, and the log says so."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Type(base):
            async def get_token_info(self, handler: Any, params: Any) -> Any:
                return {**await super().get_token_info(handler, params), "token_type": "user"}

        return Type

    url = f"{provider.issuer}/api/me"
    seen = await sides.run_same(subclass, userdata_url=url)
    assert seen.pages == {"alice": 200}
    assert all(call.headers["authorization"].startswith("user access-") for call in provider.requests_to("api"))
    assert [line for line in seen.warnings if "of the type 'user'" in line]


async def test_a_wrapped_token_to_auth_model(sides: Sides) -> None:
    """It gets the finished model."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Wraps(base):
            async def _token_to_auth_model(self, token_info: dict[str, Any]) -> dict[str, Any]:
                received.append(keys(token_info))
                auth_model: dict[str, Any] = await super()._token_to_auth_model(token_info)
                received.append([auth_model["name"], auth_model["admin"], sorted(auth_model["groups"])])
                auth_model["auth_state"]["primary_group"] = sorted(auth_model["groups"])[0]
                auth_model["groups"] = ["primary"]
                return auth_model

        return Wraps

    seen = await sides.run_same(subclass, "alice", "bob", admin_users={"alice"}, **GROUPS)
    assert seen.auth_states["alice"]["primary_group"] == "hub-admins"
    assert seen.auth_states["alice"]["suite"]["groups"] == ["primary"]
    assert seen.groups == {"alice": ["primary"], "bob": ["primary"]}


async def test_a_fresh_dict_from_authenticate(sides: Sides) -> None:
    def subclass(base: Any, received: list[Any]) -> Any:
        class Fresh(base):
            async def authenticate(self, handler: Any, data: Any = None, **kwargs: Any) -> Any:
                model = await super().authenticate(handler, data, **kwargs)
                return {"name": model["name"], "admin": True, "auth_state": {"mine": 1}}

        return Fresh

    seen = await sides.run_same(subclass)
    assert seen.accounts == {"alice": True}
    assert seen.auth_states["alice"]["suite"]["subject"] == "subject-of-alice"


async def test_authenticate_with_a_token_of_its_own(sides: Sides, provider: ApiProvider) -> None:
    """A handler signs a user in with a token that it has got elsewhere."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class ByToken(base):
            async def authenticate(self, handler: Any, data: Any = None, **kwargs: Any) -> Any:
                if data and "mine" in data:
                    return await self._token_to_auth_model(data["mine"])
                return await super().authenticate(handler, data, **kwargs)

        return ByToken

    async def sign_in_by_token(hub: Hub) -> Any:
        token_info = (await hub.auth_state("alice") or {})["token_response"]
        model = await hub.authenticator.get_authenticated_user(None, {"mine": token_info})
        return [model["name"], model["admin"], keys(model["auth_state"])]

    seen = await sides.run_same(subclass, then=sign_in_by_token, admin_users={"bob"})
    assert seen.result[0] == "alice"


async def test_check_allowed_written_anew(sides: Sides) -> None:
    """As a subclass with permissions in the user's data has it: administrators by one, access by another."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Permissions(base):
            async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
                permissions = set(auth_model["auth_state"][self.user_auth_state_key]["groups"])
                auth_model["admin"] = "hub-admins" in permissions
                return auth_model

            async def check_allowed(self, username: str, auth_model: dict[str, Any]) -> bool:
                if await super().check_allowed(username, auth_model):
                    return True
                return "students" in auth_model["auth_state"]["oauth_user"]["groups"]

        return Permissions

    seen = await sides.run_same(subclass, "alice", "bob", "carol", allow_all=False)
    assert seen.accounts == {"alice": True, "bob": False}
    assert seen.pages["carol"] == 403


async def test_a_name_and_an_error_of_the_subclass(sides: Sides) -> None:
    from tornado import web

    def subclass(base: Any, received: list[Any]) -> Any:
        class Names(base):
            def user_info_to_username(self, user_info: dict[str, Any]) -> str:
                if user_info["preferred_username"] == "carol":
                    raise web.HTTPError(403, "Carol stays outside.")
                return f"x-{super().user_info_to_username(user_info)}"

        return Names

    seen = await sides.run_same(subclass, "alice", "carol", username_map={"x-alice": "ada"})
    assert seen.accounts == {"ada": False}
    assert seen.pages == {"alice": 200, "carol": 403}


async def test_hooks(sides: Sides, provider: ApiProvider) -> None:
    """`modify_auth_state_hook` with a request whose answer is a list, and groups by a function of all of it."""

    async def hook(authenticator: Any, auth_state: dict[str, Any]) -> dict[str, Any]:
        token = auth_state["access_token"]
        studies = await authenticator.httpfetch(
            f"{provider.issuer}/api/json", headers={"Authorization": f"Bearer {token}"}
        )
        auth_state["studies"] = [study["id"] for study in studies]
        return auth_state

    def groups(auth_state: dict[str, Any]) -> list[str]:
        return [f"study-{number}" for number in auth_state["studies"]] + auth_state["scope"]

    traits = {"modify_auth_state_hook": hook, "manage_groups": True, "auth_state_groups_key": groups}
    seen = await sides.run_same(lambda base, received: base, **traits)
    assert seen.groups == {"alice": ["email", "groups", "profile", "study-1", "study-2"]}
