"""Authenticators of other packages as children: they work as they do alone, and do not get other users' accounts."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import bcrypt
import pytest
from jupyterhub.auth import DummyAuthenticator
from tornado import web
from traitlets.config import Config

from oauthenticator_suite.errors import AccessDenied, ConfigurationError
from oauthenticator_suite.hub.database import one_transaction
from oauthenticator_suite.hub.store.settings import EVERYONE_MUST_SIGN_IN_SINCE
from oauthenticator_suite.hub.store.store import store_of
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Start, entry, sign_in
from tests.multi.directory import directory
from tests.multi.foreign import PASSWORDS, Kind, Ldap, Native, OAuth
from tests.ports import reserve_port
from tests.support import Browser, Hop, Hub, HubState, reference_on

OF_THE_DIRECTORY = {f"uid={name},dc=example": password for name, password in PASSWORDS.items()}


LEAVES_SOCKETS = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
"""Connections to a directory stay open until they are garbage-collected."""


@pytest.fixture(params=["dummy", "native", pytest.param("ldap", marks=LEAVES_SOCKETS), "oauth"])
def kind(request: pytest.FixtureRequest, provider: FakeProvider) -> Iterator[Kind]:
    if request.param == "ldap":
        with directory(OF_THE_DIRECTORY) as port:
            yield Ldap(port=port)
        return
    yield {"dummy": Kind, "native": Native, "oauth": lambda: OAuth(provider=provider)}[request.param]()


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """jupyterhub-nativeauthenticator hashes a password in a quarter of a second: here with the fewest rounds."""
    monkeypatch.setattr(bcrypt, "gensalt", partial(bcrypt.gensalt, rounds=4))


With = Callable[..., Awaitable[Hub]]


@pytest.fixture
def hub_with(several: Start) -> With:
    """`await hub_with(kind, option=…)`: a Hub with the three usual children and one of this kind; `child` has its options."""

    async def start(kind: Kind, child: dict[str, Any] | None = None, given: Config | None = None, **how: Any) -> Hub:
        state = HubState()
        config = kind.given()
        config.merge(given or Config())
        hub = await several(state, more=[kind.entry(state, **(child or {}))], given=config, **how)
        await kind.prepare(hub)
        return hub

    return start


def no_traceback(hub: Hub, *browsers: Browser) -> None:
    assert not hub.log.tracebacks(), hub.log.tracebacks()[0]
    for browser in browsers:
        for page in browser.hops:
            assert page.status != 500, f"{page}: {page.text[:500]}"
            assert "Traceback" not in page.body


async def owner(hub: Hub, name: str) -> str:
    auth_state = await hub.auth_state(name)
    assert auth_state is not None
    return str(auth_state["suite"]["provider"])


async def is_refreshed(hub: Hub, browser: Browser, name: str = "alice") -> bool:
    """Whether the user is still signed in at the first page after `auth_refresh_age`."""
    hub.app.users[name]._auth_refreshed = None
    page = await browser.get("/hub/home")
    assert page.status in (200, 302)
    return page.status == 200


async def test_a_day_with_it(kind: Kind, hub_with: With) -> None:
    """The page, a failed login, a successful login, a refresh and a logout; then another provider in the same browser."""
    hub = await hub_with(kind)
    browser = hub.browser()
    page = await browser.open("/hub/login?next=%2Fhub%2Ftoken")
    assert page.status == 200
    assert f"Sign in with {kind.name.title()}" in page.text

    page = await kind.fail(browser)
    assert page.status in (200, 400, 403)
    assert not browser.logged_in
    assert hub.accounts() == {}

    page = await kind.login(browser, next_url="/hub/token")
    assert (page.status, page.path) == (200, "/hub/token")
    assert "alice" in page.text
    assert await owner(hub, "alice") == kind.name
    assert await is_refreshed(hub, browser)
    assert await owner(hub, "alice") == kind.name

    page = await browser.open("/hub/logout")
    assert (page.status, page.path) == (200, "/hub/login")
    assert not browser.logged_in

    page = await sign_in(browser, "ada", "lovelace")
    assert page.path == "/hub/home"
    assert await owner(hub, "ada") == "dictionary"
    no_traceback(hub, browser)


@pytest.mark.parametrize("kind", ["dummy", "native", pytest.param("ldap", marks=LEAVES_SOCKETS)], indirect=True)
async def test_the_page_after_a_wrong_password_leads_on(kind: Kind, hub_with: With) -> None:
    """Its form is sent to its child, even if there are several forms."""
    hub = await hub_with(kind)
    browser = hub.browser()
    page = await kind.fail(browser)
    assert "Invalid username or password" in page.text
    page = await kind.fill_in(browser, page, "alice", PASSWORDS["alice"])
    assert (page.status, page.path) == (200, "/hub/home")


async def test_next_stays_on_this_hub(kind: Kind, hub_with: With) -> None:
    hub = await hub_with(kind)
    browser = hub.browser()
    page = await kind.login(browser, next_url="https%3A%2F%2Fevil.example%2Fhub%2Ftoken")
    assert page.url.startswith(hub.url)
    assert not [hop for hop in browser.hops if "//evil.example" in (hop.location or "")]


@pytest.mark.parametrize("option", ["blocked_users", "of its own"])
async def test_who_is_blocked(kind: Kind, hub_with: With, option: str) -> None:
    own = {"blocked_users": {"alice"}} if option != "blocked_users" else {}
    hub = await hub_with(kind, own, **({} if own else {"blocked_users": {f"{kind.name}:alice"}}))
    browser = hub.browser()
    await kind.login(browser)
    assert not browser.logged_in
    assert hub.accounts() == {}
    assert (await sign_in(browser, "alice", "a-secret")).path == "/hub/home", "who is another alice"
    other = hub.browser()
    assert (await kind.login(other, "bob")).path == "/hub/home"
    no_traceback(hub, browser, other)


async def test_who_is_blocked_later_leaves(kind: Kind, hub_with: With) -> None:
    hub = await hub_with(kind)
    alice, bob = hub.browser(), hub.browser()
    await kind.login(alice, "alice")
    await kind.login(bob, "bob")
    hub.authenticator.children[kind.name].blocked_users = {"alice"}
    assert not await is_refreshed(hub, alice, "alice")
    assert await is_refreshed(hub, bob, "bob")
    no_traceback(hub, alice, bob)


async def login_at(hub: Hub, kind: Kind, where: str) -> tuple[Browser, Hop]:
    browser = hub.browser()
    if where == "dictionary":
        return browser, await sign_in(browser, "alice", "a-secret")
    if where == "campus":
        return browser, await browser.login("alice", at="campus")
    return browser, await kind.login(browser)


@pytest.mark.parametrize("ours", ["dictionary", "campus"])
@pytest.mark.parametrize("foreign_first", [True, False], ids=["foreign first", "ours first"])
async def test_a_name_is_one_persons(kind: Kind, hub_with: With, ours: str, foreign_first: bool) -> None:
    hub = await hub_with(kind)
    first, second = (kind.name, ours) if foreign_first else (ours, kind.name)
    winner, page = await login_at(hub, kind, first)
    assert page.path == "/hub/home"
    kept = await hub.auth_state("alice")
    loser, page = await login_at(hub, kind, second)
    assert page.status == 409
    assert f"this name belongs to an account that signs in with {first.title()}" in page.text
    reference_on(page, hub)
    assert not loser.logged_in
    assert await hub.auth_state("alice") == kept
    assert await is_refreshed(hub, winner)
    no_traceback(hub, winner, loser)


async def test_a_refused_page_has_other_ways(kind: Kind, hub_with: With) -> None:
    hub = await hub_with(kind)
    await login_at(hub, kind, "dictionary")
    loser, page = await login_at(hub, kind, kind.name)
    assert page.status == 409
    page = await loser.open(page.body.partition('href="/hub/login')[1].removeprefix('href="'))
    assert "Sign in with Dictionary" in page.text


async def test_with_prefixes(kind: Kind, hub_with: With) -> None:
    given = Config()
    given.JupyterHub.services = [{"name": "admin-service", "api_token": "a" * 32, "admin": True}]
    hub = await hub_with(kind, username_collision="prefix", admin_users={f"{kind.name}:bob"}, given=given)
    await login_at(hub, kind, "dictionary")
    browser, page = await login_at(hub, kind, kind.name)
    assert page.path == "/hub/home"
    name = f"{kind.name}:alice"
    assert set(hub.accounts()) == {"dictionary:alice", name, f"{kind.name}:bob"}
    assert await is_refreshed(hub, browser, name)
    again, page = await login_at(hub, kind, kind.name)
    assert page.path == "/hub/home"
    await kind.login(hub.browser(), "bob")
    assert hub.accounts() == {"dictionary:alice": False, name: False, f"{kind.name}:bob": True}
    headers = {"Authorization": f"token {'a' * 32}"}
    assert (await again.request("DELETE", f"/hub/api/users/{kind.name}%3Aalice", headers=headers)).status == 204
    assert set(hub.accounts()) == {"dictionary:alice", f"{kind.name}:bob"}
    no_traceback(hub, browser, again)


async def test_with_shared_accounts(kind: Kind, hub_with: With) -> None:
    hub = await hub_with(kind, username_collision="share")
    for where in (kind.name, "dictionary", "campus", kind.name):
        browser, page = await login_at(hub, kind, where)
        assert page.path == "/hub/home"
        assert await owner(hub, "alice") == where
        assert await is_refreshed(hub, browser)
    assert set(hub.accounts()) == {"alice"}
    no_traceback(hub)


async def test_where_a_logout_ends(kind: Kind, hub_with: With, provider: FakeProvider) -> None:
    """`logout_redirect_url` also applies to children whose class does not have this option."""
    after = f"{provider.issuer}/bye"
    hub = await hub_with(kind, logout_redirect_url=after)
    browser, _ = await login_at(hub, kind, kind.name)
    page = await browser.follow(await browser.get("/hub/logout"), stop_before=after)
    assert page.location == after
    assert not browser.logged_in


# --- a package's own pages --------------------------------------------------------------------------------------------


async def test_native_accounts_with_prefixes(hub_with: With) -> None:
    """Its records use the same names as the Hub: changing a password and deleting an account affect one user."""
    given = Config()
    given.JupyterHub.services = [{"name": "admin-service", "api_token": "a" * 32, "admin": True}]
    native = Native()
    hub = await hub_with(native, username_collision="prefix", given=given)
    browser = hub.browser()
    await native.login(browser)
    page = await browser.open("/hub/change-password")
    new = {"new_password": "b-password", "new_password_confirmation": "b-password"}
    page = await browser.submit(page, {"old_password": PASSWORDS["alice"], **new})
    assert "changed successfully" in page.text
    await browser.open("/hub/logout")
    page = await browser.open("/hub/auth/native/login?next=%2Fhub%2Fhome")
    page = await native.fill_in(browser, page, "alice", "b-password")
    assert page.path == "/hub/home"
    assert "different username" in (await native.sign_up(hub.browser(), "native:alice", "x")).text.lower()
    headers = {"Authorization": f"token {'a' * 32}"}
    assert (await browser.request("DELETE", "/hub/api/users/native%3Aalice", headers=headers)).status == 204
    stranger = hub.browser()
    page = await stranger.open("/hub/auth/native/login")
    page = await native.fill_in(stranger, page, "alice", "b-password")
    assert not stranger.logged_in
    assert "native:alice" not in hub.accounts()


async def test_signing_up_takes_nobodys_account(hub_with: With) -> None:
    """A user who signs up with another user's name does not get that user's account."""
    native = Native()
    hub = await hub_with(native)
    await sign_in(hub.browser(), "ada", "lovelace")
    browser = hub.browser()
    await native.sign_up(browser, "ada", "mine")
    page = await browser.open("/hub/auth/native/login")
    page = await native.fill_in(browser, page, "ada", "mine")
    assert page.status == 409
    assert not browser.logged_in


async def test_two_of_one_package_at_one_address(several: Start) -> None:
    with pytest.raises(ConfigurationError, match="one and two both have a page at /hub/signup"):
        await several(more=[entry("one", Native().cls), entry("two", Native().cls)])


@pytest.mark.parametrize("claimed", ["elsewhere:alice", "campus:alice"])
async def test_a_name_at_the_provider_that_looks_like_one_with_a_prefix(
    provider: FakeProvider, hub_with: With, claimed: str
) -> None:
    """It is a name at the provider and not a username of the Hub, both at the login and at a refresh."""
    kind = OAuth(provider=provider)
    hub = await hub_with(kind, username_collision="prefix", admin_users={"elsewhere:alice"}, enable_auth_state=True)
    provider.users["alice"]["preferred_username"] = claimed
    browser, page = await login_at(hub, kind, kind.name)
    assert page.path == "/hub/home"
    assert hub.accounts() == {"elsewhere:alice": True, f"elsewhere:{claimed}": False}
    assert await is_refreshed(hub, browser, f"elsewhere:{claimed}")
    assert hub.accounts() == {"elsewhere:alice": True, f"elsewhere:{claimed}": False}


@LEAVES_SOCKETS
async def test_a_directory_that_is_not_there(hub_with: With) -> None:
    """The Hub starts. A login with that child shows an error with a reference, and the other children work."""
    kind = Ldap(port=reserve_port())
    hub = await hub_with(kind)
    browser = hub.browser()
    page = await kind.login(browser)
    assert page.status == 500
    reference = reference_on(page, hub)
    (line,) = hub.log.lines_with(reference)
    assert "LDAPSocketOpenError" in line
    assert "Traceback" not in page.body
    assert PASSWORDS["alice"] not in hub.log.text
    assert not browser.logged_in
    assert (await sign_in(browser, "ada", "lovelace")).path == "/hub/home"


async def test_users_of_the_system_by_the_hubs_own(hub_with: With) -> None:
    """JupyterHub's `PAMAuthenticator`: its users have no prefix, and a name without a system account is refused."""
    pam = Kind("pam", "pam", {"allow_all": True})
    hub = await hub_with(pam, username_collision="prefix", bare="pam")
    browser = hub.browser()
    page = await pam.fail(browser)
    assert page.status in (200, 403)  # by JupyterHub 5 and 6
    assert "Invalid username or password" in page.text
    assert not browser.logged_in


async def test_users_of_the_system_need_their_names(hub_with: With) -> None:
    with pytest.raises(ConfigurationError, match="Set its prefix to ''"):
        await hub_with(Kind("pam", "pam", {"allow_all": True}), username_collision="prefix")


# --- what goes wrong inside -------------------------------------------------------------------------------------------


class Raising(DummyAuthenticator):
    """Raises the error that the test sets."""

    error: Exception = ValueError("of a secret")

    async def authenticate(self, handler: Any, data: Any) -> Any:
        raise self.error


def raising(error: Exception) -> Kind:
    return Kind("raising", type("Raising", (Raising,), {"error": error}), {})


async def test_an_error_of_ours_is_a_page_with_a_number(hub_with: With) -> None:
    hub = await hub_with(raising(AccessDenied("a rule", "the detail", public_message="Not you.")))
    browser = hub.browser()
    page = await raising(ValueError()).login(browser)
    assert page.status == 403
    assert "Not you." in page.text
    assert "the detail" not in page.body
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "the detail" in line
    no_traceback(hub, browser)


async def test_any_other_error_is_one_too(hub_with: With) -> None:
    hub = await hub_with(raising(ValueError("of a secret")))
    browser = hub.browser()
    page = await raising(ValueError()).login(browser)
    assert page.status == 500
    assert "Your sign-in could not be finished" in page.text
    assert "of a secret" not in page.body
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert "ValueError" in line


async def test_a_refusal_that_it_words_itself(hub_with: With) -> None:
    error = web.HTTPError(403, "Come back on Monday.")
    hub = await hub_with(raising(error))
    browser = hub.browser()
    page = await raising(error).login(browser)
    assert page.status == 403
    assert "Come back on Monday." in page.text
    no_traceback(hub, browser)


async def test_a_refresh_that_forgets_everything(hub_with: With) -> None:
    """The owner of the account stays recorded."""

    class Forgetful(DummyAuthenticator):
        async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> dict[str, Any]:
            return {"name": user.name, "auth_state": None}

    kind = Kind("forgetful", Forgetful, {})
    hub = await hub_with(kind)
    browser, _ = await login_at(hub, kind, kind.name)
    for _ in range(2):
        assert await is_refreshed(hub, browser)
        assert await owner(hub, "alice") == "forgetful"


async def test_a_hook_that_makes_the_state_anew(hub_with: With) -> None:
    """The child's `reconcile_auth_state_hook` is called at the login and at a refresh. It cannot change the owner."""
    if not hasattr(DummyAuthenticator, "reconcile_auth_state_hook"):
        pytest.skip("JupyterHub 6.1 has this hook")
    seen = []

    def hook(authenticator: Any, model: dict[str, Any], existing: Any) -> dict[str, Any]:
        seen.append(authenticator)
        return {"visits": (existing or {}).get("visits", 0) + 1}

    class Refreshing(DummyAuthenticator):
        async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> dict[str, Any]:
            return {"name": user.name, "auth_state": {}}

    kind = Kind("refreshing", Refreshing, {})
    hub = await hub_with(kind, reconcile_auth_state_hook=hook)
    browser, _ = await login_at(hub, kind, kind.name)
    assert await is_refreshed(hub, browser)
    auth_state = await hub.auth_state("alice")
    assert auth_state is not None
    assert (auth_state["visits"], auth_state["suite"]["provider"]) == (2, "refreshing")
    assert seen == [hub.authenticator.children["refreshing"]] * 2


async def test_a_name_without_its_prefix_is_refused(hub_with: With) -> None:
    """A class that returns names without its prefix does not get into accounts of other children."""

    class OwnWay(DummyAuthenticator):
        async def get_authenticated_user(self, handler: Any, data: Any) -> dict[str, Any]:
            return {"name": "dictionary:alice", "auth_state": None, "admin": None}

    kind = Kind("ownway", OwnWay, {})
    hub = await hub_with(kind, username_collision="prefix")
    await login_at(hub, kind, "dictionary")
    browser, page = await login_at(hub, kind, kind.name)
    assert page.status == 403
    reference_on(page, hub)
    assert not browser.logged_in


@pytest.mark.parametrize("refreshed", [True, False])
async def test_all_users_are_asked_to_sign_in_again(kind: Kind, hub_with: With, refreshed: bool) -> None:
    """Also those of another package's authenticator, and also where it refreshes no user."""
    hub = await hub_with(kind, child={} if refreshed else {"auth_refresh_age": 0})
    browser = hub.browser()
    await kind.login(browser)
    with one_transaction(hub.app.db, "as the handler does"):
        store_of(hub.app.db).settings.set(EVERYONE_MUST_SIGN_IN_SINCE, time.time())
    assert not await is_refreshed(hub, browser)
    await kind.login(browser)
    assert await is_refreshed(hub, browser)
