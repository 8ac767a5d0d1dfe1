"""An override that would be ignored stops the start-up, and the message says what to do."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient
from traitlets import TraitType, default
from traitlets.traitlets import EventHandler

import oauthenticator_suite
from oauthenticator_suite import extend
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.oauth.older_methods import NEVER_CALLED, NEVER_CALLED_ON_HANDLERS, never_called_on
from tests.compatibility.sides import Sides

pytestmark = pytest.mark.hub_versions

MODULES = (
    *("oauth2", "generic", "github", "gitlab", "google", "globus", "cilogon", "azuread", "auth0", "bitbucket"),
    *("openshift", "mediawiki"),
)
"""The modules of `oauthenticator`."""

HANDLERS = {
    "OAuthLoginHandler": "login_handler",
    "CILogonLoginHandler": "login_handler",
    "MWLoginHandler": "login_handler",
    "OAuthCallbackHandler": "callback_handler",
    "MWCallbackHandler": "callback_handler",
    "OAuthLogoutHandler": "logout_handler",
    "GlobusLogoutHandler": "logout_handler",
}
"""Its handler classes, and the attribute of an authenticator that names each."""

OF_TRAITLETS = {"_traits", "_descriptors", "_instance_inits", "_static_immutable_initial_values"}
OF_TRAITLETS |= {"_trait_default_generators", "_all_trait_default_generators"}


def classes() -> Iterator[tuple[str, type]]:
    for module in MODULES:
        for name, cls in vars(import_module(f"oauthenticator.{module}")).items():
            if inspect.isclass(cls) and cls.__module__ == f"oauthenticator.{module}":
                yield name, cls


def own_members(cls: type) -> Iterator[str]:
    """What an override could replace: methods and plain attributes, no options and no defaults of options."""
    for name, value in vars(cls).items():
        is_default = name.startswith("_") and name.endswith("_default")
        is_option = is_default or isinstance(value, (TraitType, EventHandler))
        if not name.startswith("__") and name not in OF_TRAITLETS and not is_option:
            yield name


@pytest.mark.parametrize(("name", "theirs"), [pytest.param(*found, id=found[0]) for found in classes()])
def test_each_method_of_the_other_package_is_called_or_stops_the_start(name: str, theirs: type) -> None:
    """If this fails, that package has a new method: call it, or name what replaces it in `older_methods`."""
    if name in HANDLERS:
        attribute = HANDLERS[name]
        ours = getattr(oauthenticator_suite.GenericOAuthenticator, attribute)
        never_called = set(NEVER_CALLED_ON_HANDLERS[attribute])
    else:
        ours = getattr(oauthenticator_suite, name)
        never_called = set(never_called_on(ours))
    missing = {member for member in own_members(theirs) if not hasattr(ours, member)}
    assert missing <= never_called
    assert list(own_members(theirs)) or name.startswith(("Local", "MW", "AzureAd", "Auth0", "OpenShift"))


def test_nothing_is_named_that_the_other_package_does_not_have() -> None:
    members = {name: {*own_members(cls)} for name, cls in classes()}
    for name, never_called in NEVER_CALLED.items():
        known = members[name] | {"http_client", "_default_http_client"}
        assert set(never_called) <= known
    for attribute, never_called in NEVER_CALLED_ON_HANDLERS.items():
        known = {member for name, of in HANDLERS.items() if of == attribute for member in members[name]}
        assert set(never_called) <= known


def start(subclass: Any) -> None:
    """What a Hub does with the class before it serves requests, as to the configuration."""
    subclass(oauthenticator_suite.GenericOAuthenticator, [])(
        client_id="hub",
        authorize_url="https://login.example.org/authorize",
        token_url="https://login.example.org/token",
        userdata_url="https://login.example.org/me",
        allow_all=True,
    ).check_configuration()


def overriding(name: str, value: Any = None) -> Any:
    """A subclass with a method or attribute of this name."""

    def subclass(base: Any, received: list[Any]) -> Any:
        return type("Overrides", (base,), {name: value or (lambda self, *arguments, **options: None)})

    return subclass


@pytest.mark.parametrize("name", NEVER_CALLED["OAuthenticator"])
def test_a_method_that_is_never_called(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"Overrides\.{name} would never be used") as error:
        start(overriding(name))
    assert "instead" in error.value.detail


def test_a_client_of_its_own() -> None:
    def subclass(base: Any, received: list[Any]) -> Any:
        class Client(base):
            @default("http_client")
            def mine(self) -> Any:
                return AsyncHTTPClient()

        return Client

    with pytest.raises(ConfigurationError, match=r"Client\.http_client would never be used.*http_request_kwargs"):
        start(subclass)


def test_the_default_of_an_option_that_does_not_exist() -> None:
    def subclass(base: Any, received: list[Any]) -> Any:
        class Defaults(base):
            @default("ca_certs")
            def certificates(self) -> str:
                return "/etc/ca.pem"

        return Defaults

    with pytest.raises(
        ConfigurationError, match="Defaults has a default for ca_certs, which is not an option of this package"
    ):
        start(subclass)


@pytest.mark.parametrize(
    ("attribute", "name"),
    [(attribute, name) for attribute, names in NEVER_CALLED_ON_HANDLERS.items() for name in names],
)
def test_a_method_of_a_handler_that_is_never_called(attribute: str, name: str) -> None:
    base = {"login_handler": extend.OAuthLoginHandler, "callback_handler": extend.OAuthCallbackHandler}
    handler = type("Handler", (base.get(attribute, extend.OAuthLogoutHandler),), {name: lambda self: None})
    with pytest.raises(ConfigurationError, match=rf"Handler\.{name} would never be used"):
        start(overriding(attribute, handler))


def test_a_callback_handler_that_waits_for_nothing() -> None:
    handler = type("Handler", (extend.OAuthCallbackHandler,), {"get": lambda self: None})
    with pytest.raises(ConfigurationError, match=r"Handler\.get is not async"):
        start(overriding("callback_handler", handler))


def test_two_arguments() -> None:
    """As the documentation of `oauthenticator` still shows it."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Skeleton(base):
            async def update_auth_model(self, username: str, auth_model: dict[str, Any]) -> dict[str, Any]:
                return auth_model

        return Skeleton

    with pytest.raises(ConfigurationError, match=r"Skeleton\.update_auth_model.*must accept \(self, auth_model\)"):
        start(subclass)


async def test_a_model_that_is_built_without_the_base_class(sides: Sides) -> None:
    """Its checks of tokens, subject and name would be skipped."""

    async def anew(self: Any, token_info: dict[str, Any]) -> dict[str, Any]:
        return {"name": "alice", "auth_state": {}}

    with pytest.raises(ConfigurationError, match=r"_token_to_auth_model does not call super\(\)"):
        await sides.run_one("ours", overriding("_token_to_auth_model", anew))

    async def sometimes(self: Any, token_info: dict[str, Any]) -> dict[str, Any]:
        return await (self._token_to_auth_model(token_info) if False else anew(self, token_info))

    seen = await sides.run_one("ours", overriding("_token_to_auth_model", sometimes))
    assert seen.pages == {"alice": 500}
    assert seen.accounts == {}
    assert any("must call super()" in line for line in seen.warnings), seen.warnings


async def test_other_tokens_in_the_wrapped_method_are_checked(sides: Sides) -> None:
    """What an override passes on in place of the received tokens passes the same checks."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Swaps(base):
            async def _token_to_auth_model(self, token_info: dict[str, Any]) -> dict[str, Any]:
                return await super()._token_to_auth_model({**token_info, "access_token": "with\r\nline breaks"})

        return Swaps

    seen = await sides.run_one("ours", subclass)
    assert seen.pages == {"alice": 502}


async def test_helpers_of_its_own_are_no_overrides(sides: Sides) -> None:
    """Whatever their names: the subclass calls them itself."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Helpers(base):
            def _apply_managed_groups(self, names: list[str]) -> list[str]:
                return sorted(names)

            async def _fetch(self, what: str) -> str:
                return what

            @staticmethod
            def _get_next_url() -> str:
                return "/"

            async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
                auth_model["auth_state"]["mine"] = self._apply_managed_groups([await self._fetch("b"), "a"])
                return auth_model

        return Helpers

    seen = await sides.run_one("ours", subclass)
    assert seen.auth_states["alice"]["mine"] == ["a", "b"]
