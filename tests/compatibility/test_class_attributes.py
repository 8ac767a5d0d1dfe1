"""Class attributes of a subclass: plain values and methods in place of options, environment variables, old names."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets import Unicode

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.compatibility.sides import ApiProvider, Sides
from tests.support import Hub

pytestmark = pytest.mark.hub_versions


async def read(hub: Hub) -> Any:
    """The options as other code reads them."""
    authenticator = hub.authenticator
    page = await hub.browser().open("/hub/login")
    return [
        authenticator.login_service,
        authenticator.token_url.rpartition("/")[2],
        list(authenticator.scope),
        authenticator.logout_redirect_url,
        authenticator.user_auth_state_key,
        authenticator.client_id,
        "Campus &amp; Lab" in page.body,
    ]


async def test_plain_values(sides: Sides, provider: ApiProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The documented way of `oauthenticator`: options as plain attributes of the class."""
    monkeypatch.setenv("CAMPUS_ID", provider.client.client_id)
    traits = ("authorize_url", "token_url", "userdata_url", "username_claim", "scope", "client_id")

    def subclass(base: Any, received: list[Any]) -> Any:
        class Campus(base):
            login_service = "Campus & Lab"
            authorize_url = f"{provider.issuer}/authorize"
            token_url = f"{provider.issuer}/token"
            userdata_url = f"{provider.issuer}/userinfo"
            logout_redirect_url = "https://campus.example.org/bye"
            scope = ["profile", "groups"]
            username_claim = "preferred_username"
            user_auth_state_key = "campus_user"
            client_id_env = "CAMPUS_ID"
            auto_login = False

        return Campus

    seen = await sides.run_same(subclass, then=read, without=traits)
    assert seen.result == [
        "Campus & Lab", "token", ["profile", "groups"], "https://campus.example.org/bye", "campus_user", "hub", True,
    ]  # fmt: skip
    assert seen.auth_states["alice"]["campus_user"]["preferred_username"] == "alice"


async def test_methods_in_place_of_options(sides: Sides) -> None:
    def subclass(base: Any, received: list[Any]) -> Any:
        class Methods(base):
            def username_claim(self, user_info: dict[str, Any]) -> str:
                return f"{type(self).__name__}-{user_info['sub']}"

            async def refresh_user_hook(self, authenticator: Any, user: Any, auth_state: dict[str, Any]) -> bool:
                received.append([authenticator is self, user.name, auth_state["oauth_user"]["sub"]])
                return True

        return Methods

    async def refresh(hub: Hub) -> Any:
        return await hub.authenticator.refresh_user(hub.app.users["methods-subject-of-alice"])

    seen = await sides.run_same(subclass, then=refresh, without=("username_claim",))
    assert seen.result is True
    assert seen.received == [[True, "methods-subject-of-alice", "subject-of-alice"]]


def test_a_plain_value_is_checked_and_is_a_default() -> None:
    """Better than there: an operator can still set another value, and a wrong one is found."""

    class Mixin:
        login_service = "of the mixin"

    class Campus(Mixin, GenericOAuthenticator):
        scope = "openid, email"  # text, which oauthenticator would split into letters
        authorize_url = "login.example.org"
        allowed_users = {"alice"}

        @property
        def token_url(self) -> str:
            return "https://login.example.org/token"

    one, other = Campus(), Campus(login_service="set")
    assert one.scope == ["openid", "email"]
    assert (one.login_service, other.login_service) == ("of the mixin", "set")
    assert one.allowed_users is not other.allowed_users
    assert one.token_url == one.configured_url("token_url") == "https://login.example.org/token"
    with pytest.raises(Exception, match=r"Campus\.authorize_url must be an absolute URL"):
        _ = one.authorize_url
    assert "Campus.login_service" in Campus.class_get_help()


def renamed(base: Any, received: list[Any]) -> Any:
    class Renamed(base):
        campus_claim = Unicode(config=True, help="Old name of username_claim.")
        campus_service = Unicode(config=True, help="Old name of login_service.")
        _deprecated_oauth_aliases = {
            "campus_claim": ("username_claim", "3.0"),
            "campus_service": ("login_service", "3.0", True),
            **base._deprecated_oauth_aliases,
        }

    return Renamed


async def test_old_names_of_a_subclass(sides: Sides) -> None:
    async def service(hub: Hub) -> Any:
        return hub.authenticator.login_service

    traits = {"campus_claim": "sub", "campus_service": "Campus"}
    seen = await sides.run_same(renamed, then=service, without=("username_claim",), section="Renamed", **traits)
    assert seen.accounts == {"subject-of-alice": False}
    assert seen.result == "Campus"
    assert len([line for line in seen.warnings if "campus_claim" in line and "username_claim" in line]) == 1


async def test_an_old_name_with_other_values_stops_the_start(sides: Sides) -> None:
    def subclass(base: Any, received: list[Any]) -> Any:
        class Other(base):
            campus_claim = Unicode(config=True)
            _deprecated_oauth_aliases = {"campus_claim": ("username_claim", "3.0", False)}

        return Other

    for package, error in (("theirs", Exception), ("ours", ConfigurationError)):
        with pytest.raises(error, match="campus_claim"):
            await sides.run_one(package, subclass, section="Other", campus_claim="sub")
    with pytest.raises(ConfigurationError, match="both are set to different values"):
        await sides.run_one("ours", renamed, section="Renamed", campus_claim="sub", username_claim="email")


async def test_claim_groups_key_reads_as_it_was_set(sides: Sides) -> None:
    async def key(hub: Hub) -> Any:
        return [hub.authenticator.claim_groups_key, hub.authenticator.auth_state_groups_key]

    traits = {"manage_groups": True, "claim_groups_key": "groups"}
    seen = await sides.run_same(lambda base, received: base, then=key, **traits)
    assert seen.result == ["groups", "oauth_user.groups"]
    assert seen.groups == {"alice": ["hub-admins", "staff"]}


async def test_a_function_in_claim_groups_key(sides: Sides) -> None:
    def first(user_info: dict[str, Any]) -> list[str]:
        return user_info["groups"][:1]

    async def key(hub: Hub) -> Any:
        return hub.authenticator.claim_groups_key is first

    seen = await sides.run_same(lambda base, received: base, then=key, manage_groups=True, claim_groups_key=first)
    assert seen.result is True
    assert seen.groups == {"alice": ["staff"]}


def test_the_environment_names_the_claim_of_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    assert GenericOAuthenticator().claim_groups_key == "groups"
    monkeypatch.setenv("OAUTH2_GROUPS_KEY", "roles")
    assert GenericOAuthenticator().auth_state_groups_key == "oauth_user.roles"
    assert GenericOAuthenticator().claim_groups_key == "roles"
