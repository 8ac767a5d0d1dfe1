"""What an operator's subclass cannot switch off at a refresh, and overrides that stop the start-up."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from jupyterhub.handlers.login import LoginHandler
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator
from oauthenticator_suite.errors import AccessDenied, ConfigurationError, ProviderUnreachable
from oauthenticator_suite.extend import Rule
from oauthenticator_suite.hub.base.authenticator import SuiteAuthenticator
from oauthenticator_suite.hub.base.refresh_guard import is_overridden
from oauthenticator_suite.hub.base.startup_checks import SEALED
from oauthenticator_suite.multi import MultiAuthenticator
from tests.conftest import generic_config
from tests.multi.conftest import at, config_of, entry
from tests.support import Hub, HubState

pytestmark = pytest.mark.hub_versions

PASSWORDS = {"passwords": {"alice": "lovelace"}, "allow_all": True, "failure_delay": 0}
BARS = [(kind, "blocked_users") for kind in ("oauth", "form", "several")]
BARS += [(kind, "required_claims") for kind in ("oauth", "several")]  # a dictionary has no claims

Start = Callable[..., Awaitable[tuple[Hub, Any, Any, str]]]


def returning(answer: Any, *, calls_super: bool) -> Any:
    """A `refresh_user` that returns this answer, or raises it."""

    async def refresh_user(self: Any, user: Any, handler: Any = None, **kwargs: Any) -> Any:
        if calls_super:
            base = DictionaryAuthenticator if isinstance(self, DictionaryAuthenticator) else GenericOAuthenticator
            await base.refresh_user(self, user, handler, **kwargs)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return refresh_user


@pytest.fixture
def signed_in(hubs: Any, provider: Any) -> Start:
    """`await signed_in(kind, members, option=…)`: alice, at a Hub whose class has these members.

    Returns the Hub, the authenticator, the browser and a token.
    """

    async def start(kind: str, members: dict[str, Any], **traits: Any) -> tuple[Hub, Any, Any, str]:
        state = HubState()
        for path in ("oauth_callback", "auth/campus/authorize"):
            provider.client.redirect_uris.add(f"{state.url}/hub/{path}")
        base: Any = DictionaryAuthenticator if kind == "form" else GenericOAuthenticator
        cls = type("Ours", (base,), {**members, "__module__": "operator"})
        traits = {"enable_auth_state": True, **traits}
        if kind == "several":
            config = config_of([entry("campus", cls, **at(provider, **traits))], enable_auth_state=True)
        elif kind == "form":
            config = Config()
            config.JupyterHub.authenticator_class = cls
            config.DictionaryAuthenticator.update({**PASSWORDS, **traits})
        else:
            config = generic_config(provider, **traits)
            config.JupyterHub.authenticator_class = cls
        hub = await hubs(config, state)
        browser = hub.browser()
        if kind == "form":
            page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
            await browser.submit(page, {"username": "alice", "password": "lovelace"})
        else:
            await browser.login("alice", at="campus" if kind == "several" else None)
        assert browser.logged_in
        authenticator = hub.authenticator.children["campus"] if kind == "several" else hub.authenticator
        return hub, authenticator, browser, hub.app.users["alice"].new_api_token()

    return start


async def statuses(hub: Hub, browser: Any, token: str) -> tuple[int, int]:
    """The statuses of a page and of a request with the token; a refresh is due at both."""
    hub.app.users["alice"]._auth_refreshed = None
    page = (await browser.get("/hub/home")).status
    hub.app.users["alice"]._auth_refreshed = None
    api = await hub.browser().get("/hub/api/user", headers={"Authorization": f"Bearer {token}"})
    return page, api.status


@pytest.mark.parametrize("calls_super", [False, True])
@pytest.mark.parametrize("answer", [True, {"name": "alice", "groups": ["made-up"]}], ids=["true", "model"])
@pytest.mark.parametrize(("kind", "option"), BARS)
async def test_an_override_keeps_no_user_past_a_block_or_a_restriction(
    signed_in: Start, kind: str, option: str, answer: Any, calls_super: bool
) -> None:
    members = {"refresh_user": returning(answer, calls_super=calls_super)}
    hub, authenticator, browser, token = await signed_in(kind, members)
    assert await statuses(hub, browser, token) == (200, 200)
    setattr(authenticator, option, {"blocked_users": {"alice"}, "required_claims": {"acr": "gold"}}[option])
    assert await statuses(hub, browser, token) == (302, 403)
    assert hub.log.lines_with(f"rule={option}")


@pytest.mark.parametrize("kind", ["oauth", "form", "several"])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (True, (200, 200)),
        (False, (302, 200)),
        (None, (302, 200)),
        (RuntimeError("hunter2"), (302, 200)),
        (ProviderUnreachable("down"), (200, 200)),
        (AccessDenied("its_own_rule"), (302, 403)),
    ],
    ids=str,
)
async def test_the_answer_of_an_override(signed_in: Start, kind: str, answer: Any, expected: tuple[int, int]) -> None:
    hub, _, browser, token = await signed_in(kind, {"refresh_user": returning(answer, calls_super=False)})
    assert await statuses(hub, browser, token) == expected


@pytest.mark.parametrize("method", sorted(SEALED))
@pytest.mark.parametrize("kind", ["oauth", "form", "several"])
async def test_an_override_of_a_sealed_method_stops_the_start(signed_in: Start, kind: str, method: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"Ours\.{method} must not be overridden"):
        await signed_in(kind, {method: lambda self, *args: None})


async def test_restrictions_of_a_subclass_are_added(signed_in: Start) -> None:
    rules = [Rule("not_alice", lambda who: who.username != "alice")]
    with pytest.raises(AssertionError):  # of the fixture: alice is not signed in
        await signed_in("form", {"extra_required_rules": lambda self: rules})


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ({"blocked_users": {"alice"}}, (302, 403)),
        ({"required_claims": {"email": {"another@example.org"}}}, (302, 403)),
        ({"session_max_age": 1e-9}, (302, 200)),
    ],
    ids=str,
)
@pytest.mark.parametrize("answer", [True, {"groups": []}], ids=str)
async def test_a_subclass_of_the_parent_of_several_keeps_no_user_past_an_end(
    hubs: Any, provider: Any, answer: Any, end: dict[str, Any], expected: tuple[int, int]
) -> None:
    class Ours(MultiAuthenticator):
        refresh_user = returning(answer, calls_super=False)

    Ours.__module__ = "operator"
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    config = config_of([entry("campus", **at(provider))], enable_auth_state=True)
    config.JupyterHub.authenticator_class = Ours
    hub = await hubs(config, state)
    browser = hub.browser()
    await browser.login("alice", at="campus")
    token = hub.app.users["alice"].new_api_token()
    assert await statuses(hub, browser, token) == (200, 200)
    for option, value in end.items():
        setattr(hub.authenticator.children["campus"], option, value)
    assert await statuses(hub, browser, token) == expected


async def test_a_subclass_of_the_parent_of_several_may_deny(hubs: Any, provider: Any) -> None:
    class Ours(MultiAuthenticator):
        async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> Any:
            if user.name in self.left:
                raise AccessDenied("left", "no longer a member of the staff")
            return True

        left: frozenset[str] = frozenset()

    Ours.__module__ = "operator"
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    config = config_of([entry("campus", **at(provider))], enable_auth_state=True)
    config.JupyterHub.authenticator_class = Ours
    hub = await hubs(config, state)
    browser = hub.browser()
    await browser.login("alice", at="campus")
    token = hub.app.users["alice"].new_api_token()
    assert await statuses(hub, browser, token) == (200, 200)
    hub.authenticator.left = frozenset({"alice"})
    assert await statuses(hub, browser, token) == (302, 403)
    assert not hub.log.tracebacks()


async def test_a_login_through_jupyterhubs_own_handler_is_recorded(hubs: Any) -> None:
    """A class without custom handlers: the record of a logout or a denial ends with the login."""

    class Plain(SuiteAuthenticator):
        async def authenticate(self, handler: Any, data: Any) -> Any:
            return data["username"]

        def get_handlers(self, app: Any) -> list[Any]:
            super().get_handlers(app)
            return [("/login", LoginHandler)]

    config = Config()
    config.JupyterHub.authenticator_class = Plain
    config.Plain.allow_all = True
    hub = await hubs(config)
    browser = hub.browser()
    sign_in = functools.partial(browser.submit, fields={"username": "alice", "password": "any"})
    await sign_in(await browser.open("/hub/login?next=%2Fhub%2Fhome"))
    token = hub.app.users["alice"].new_api_token()
    hub.authenticator.blocked_users = {"alice"}
    hub.authenticator.endings.answer(
        hub.app.users["alice"], None, await hub.authenticator.outcome_of_answer(hub.app.users["alice"], None)
    )
    assert (await browser.get("/hub/home")).status == 302
    hub.authenticator.blocked_users = set()
    await sign_in(await browser.open("/hub/login?next=%2Fhub%2Fhome"))
    assert await statuses(hub, browser, token) == (200, 200)


def test_what_counts_as_an_override() -> None:
    assert not is_overridden(GenericOAuthenticator, "refresh_user")
    assert not is_overridden(DictionaryAuthenticator, "required_rules")
    assert is_overridden(type("Ours", (GenericOAuthenticator,), {"policy": 1, "__module__": "operator"}), "policy")
