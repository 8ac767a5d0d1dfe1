"""Each call of the Hub is delegated to the child that it concerns, and to no other.

The lists are compared with the installed JupyterHub. A method or option that a newer release adds fails here until it is
added to one of the lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jupyterhub.auth import Authenticator, DummyAuthenticator
from traitlets.config import Config, LoggingConfigurable

from oauthenticator_suite import DictionaryAuthenticator, SimpleAuthenticator
from oauthenticator_suite.hub.base.authenticator import SuiteAuthenticator
from oauthenticator_suite.hub.base.startup_checks import SEALED
from oauthenticator_suite.multi import MultiAuthenticator
from oauthenticator_suite.multi.startup.child_config import _FOR_THE_PAGE, _OLD, USERS
from oauthenticator_suite.multi.startup.children import ANY_CHILD
from tests.multi.conftest import config_of, entry, sign_in
from tests.support import Browser, Hub
from tests.support.little_server import LittleServer, start_server

pytestmark = pytest.mark.hub_versions

THE_HUBS_OWN_IS_RIGHT = {
    "check_blacklist": "an old name, which calls check_blocked_users",
    "check_whitelist": "an old name, which calls check_allowed",
    "get_custom_html": "what an operator puts in place of the whole page; a child's own is a form on the page",
}

OF_ALL_TOGETHER = {
    "auth_refresh_age": "the shortest of the children's",
    "enable_auth_state": "the same for all, as it is where it is kept whose an account is",
    "reconcile_auth_state_hook": "the child's, called for the child",
}
"""Options that the Hub reads from the parent, in addition to `ANY_CHILD`."""

OF_EACH = {
    "allow_all",
    "allow_existing_users",
    "otp_prompt",
    "post_auth_hook",
    "reconcile_auth_state_hook",
    "request_otp",
    "username_map",
    "username_pattern",
}
"""Options of each child, with the parent's value as the default."""


def public_methods() -> Iterator[str]:
    for cls in Authenticator.__mro__[: Authenticator.__mro__.index(LoggingConfigurable)]:
        yield from (name for name, value in vars(cls).items() if callable(value) and not name.startswith("_"))


@pytest.mark.parametrize("name", sorted(set(public_methods())))
def test_every_method_of_the_hubs_is_ours(name: str) -> None:
    ours = [cls for cls in MultiAuthenticator.__mro__ if cls.__module__.startswith("oauthenticator_suite.")]
    defined = any(name in vars(cls) for cls in ours)
    assert defined != (name in THE_HUBS_OWN_IS_RIGHT)


def test_what_is_said_of_methods_and_options_is_of_ones_that_there_are() -> None:
    assert set(public_methods()) >= THE_HUBS_OWN_IS_RIGHT.keys()
    known = MultiAuthenticator.class_traits()
    newer = {"auth_refresh_strict", "refresh_pre_stop", "reconcile_auth_state_hook"}
    for name in {*USERS, *ANY_CHILD, *OF_ALL_TOGETHER, *OF_EACH, *_FOR_THE_PAGE} - newer:
        assert name in known


@pytest.mark.parametrize("option", sorted(Authenticator.class_traits(config=True)))
def test_it_is_known_of_every_option_of_the_hubs_whose_it_is(option: str) -> None:
    where = [{*USERS}, {*ANY_CHILD}, {*OF_ALL_TOGETHER}, OF_EACH - OF_ALL_TOGETHER.keys(), {*_FOR_THE_PAGE}, {*_OLD}]
    assert sum(option in options for options in where) == 1


# --- where an option is set -------------------------------------------------------------------------------------------

VALUES: dict[str, list[Any]] = {
    "allow_all": [True, False, True, False],
    "allow_existing_users": [True, False, True, False],
    "auth_refresh_age": [40, 30, 20, 10],
    "auth_refresh_strict": [True, False, True, False],
    "delete_invalid_users": [True, False, True, False],
    "manage_groups": [True, False, True, False],
    "manage_roles": [True, False, True, False],
    "otp_prompt": ["for all", "ours", "own", "entry"],
    "post_auth_hook": [print, repr, len, str],
    "reconcile_auth_state_hook": [print, repr, len, str],
    "refresh_pre_spawn": [True, False, True, False],
    "refresh_pre_stop": [True, False, True, False],
    "request_otp": [True, False, True, False],
    "reset_managed_roles_on_startup": [True, False, True, False],
    "username_map": [{"a": "b"}, {"c": "d"}, {"e": "f"}, {"g": "h"}],
    "username_pattern": ["a.*", "b.*", "c.*", "d.*"],
}
"""A value for each place, from the lowest precedence to the highest."""


@pytest.fixture
def _crypt_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_CRYPT_KEY", "0" * 64)


def made(config: Config) -> MultiAuthenticator:
    return MultiAuthenticator(config=config)


@pytest.mark.usefixtures("_crypt_key")
@pytest.mark.parametrize(
    "option", sorted((OF_EACH | {*ANY_CHILD, "auth_refresh_age"}) & Authenticator.class_traits(config=True).keys())
)
def test_the_nearest_value_of_an_option_counts(option: str) -> None:
    places: list[Callable[[Config, Any], None]] = [
        lambda config, value: config.Authenticator.update({option: value}),
        lambda config, value: config.MultiAuthenticator.update({option: value}),
        lambda config, value: config.DummyAuthenticator.update({option: value}),
        lambda config, value: config.MultiAuthenticator.authenticators[0]["config"].update({option: value}),
    ]
    default = getattr(DummyAuthenticator(), option)
    config = config_of([entry("dummy", DummyAuthenticator), entry("dictionary", DictionaryAuthenticator)])
    for place, value in zip(places, VALUES[option], strict=True):
        place(config, value)
        multi = made(config)
        dummy, other = multi.children["dummy"], multi.children["dictionary"]
        seen = getattr(dummy, option)
        assert getattr(seen, "args", [seen])[0] == value, "as a child of another package calls its hook through ours"
        for_all = place in places[:2]
        if option == "auth_refresh_age":
            assert (multi.auth_refresh_age, other.auth_refresh_age) == (value, value), "one for all, as the Hub has one"
        elif for_all:
            assert getattr(other, option) == value
        else:
            assert getattr(other, option) == VALUES[option][1]
        if option in ANY_CHILD:
            assert getattr(multi, option) == (getattr(dummy, option) or getattr(other, option))
    alone = made(config_of([entry("dummy", DummyAuthenticator)]))
    assert getattr(alone.children["dummy"], option) == default


@pytest.mark.usefixtures("_crypt_key")
@pytest.mark.parametrize("section", ["Authenticator", "MultiAuthenticator"])
@pytest.mark.parametrize("option", USERS)
def test_names_in_our_own_options_are_shared_out(option: str, section: str) -> None:
    config = config_of([entry("one", DummyAuthenticator), entry("two", DummyAuthenticator)])
    config[section][option] = {"one:ada", "two:bob"}
    multi = made(config)
    assert (getattr(multi.children["one"], option), getattr(multi.children["two"], option)) == ({"ada"}, {"bob"})


@pytest.mark.usefixtures("_crypt_key")
@pytest.mark.parametrize("section", ["Authenticator", "MultiAuthenticator"])
@pytest.mark.parametrize("option", ["any_allow_config", "auto_login_oauth2_authorize"])
def test_what_is_of_the_page_stays_there(option: str, section: str) -> None:
    config = config_of([entry("dummy", DummyAuthenticator, allow_all=False)])
    config[section][option] = True
    multi = made(config)
    assert getattr(multi, option) is True
    assert getattr(multi.children["dummy"], option) is False


# --- delegation -------------------------------------------------------------------------------------------------------

HOOKS = sorted(set(public_methods()) - {"check_blacklist", "check_whitelist"})
Calls = list[tuple[str, str]]


def recording(base: type[Authenticator], calls: Calls) -> type[Authenticator]:
    """Return a subclass that records the calls of its methods, with its provider."""

    def noting(name: str) -> Callable[..., Any]:
        def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
            calls.append((self.seat.provider, name))
            return getattr(super(cls, self), name)(*args, **kwargs)

        return hook

    cls: type[Authenticator] = type(base.__name__, (base,), {name: noting(name) for name in recorded_of(base)})
    return cls


def recorded_of(cls: type) -> set[str]:
    """The methods that can be recorded: a class of this package does not start with an override of a sealed one."""
    return {*HOOKS} - ({*SEALED} if issubclass(cls, SuiteAuthenticator) else set())


class Form(SimpleAuthenticator):
    """An operator's form login with this package's base class."""

    async def authenticate(self, handler: Any, data: Any) -> str | None:
        return data["username"] if data["password"] == "right" else None


class Shared(DummyAuthenticator):
    """An operator's form login with JupyterHub's base class."""

    async def authenticate(self, handler: Any, data: Any) -> str | None:
        return data["username"] if data["password"] == "right" else None

    def get_custom_html(self, base_url: str) -> str:
        return f'<form action="{self.login_url(base_url)}?next={{{{ next }}}}" method="post"><input type="hidden" \
name="_xsrf" value="{{{{ xsrf }}}}"><input name="username"><input name="password"></form>'

    async def load_managed_roles(self) -> list[dict[str, Any]]:
        return [{"name": f"role-of-{self.seat.provider}"}]


KINDS = {"shared": Shared, "form": Form}


@pytest.fixture(params=["shared-shared", "form-shared"])
def kinds(request: pytest.FixtureRequest) -> list[type[Authenticator]]:
    return [KINDS[kind] for kind in request.param.split("-")]


@pytest.fixture
def calls() -> Calls:
    return []


@pytest.fixture
async def hub(kinds: list[type[Authenticator]], calls: Calls, hubs: Any) -> Hub:
    config = config_of(
        [
            entry(name, recording(kind, calls), allowed_users={"ada"}, allow_existing_users=False)
            for name, kind in zip(("one", "two"), kinds, strict=True)
        ],
    )
    config.JupyterHub.spawner_class = LittleServer
    config.JupyterHub.load_roles = [{"name": "admin", "users": ["root"]}]
    config.JupyterHub.services = [{"name": "admin-service", "api_token": "a" * 32, "admin": True}]
    started: Hub = await hubs(config)
    return started


def asked(calls: Calls, provider: str) -> set[str]:
    return {name for whose, name in calls if whose == provider}


async def log_in(hub: Hub, provider: str, name: str = "ada") -> Browser:
    browser = hub.browser()
    page = await sign_in(browser, name, "right", provider)
    assert (page.status, page.path) == (200, "/hub/home"), page.text
    return browser


IN_A_LOGIN = {
    "authenticate",
    "check_allowed",
    "check_blocked_users",
    "get_authenticated_user",
    "is_admin",
    "normalize_username",
    "run_post_auth_hook",
    "validate_username",
}


@pytest.mark.parametrize("provider", ["one", "two"])
async def test_each_is_asked_of_its_own_user(hub: Hub, calls: Calls, provider: str) -> None:
    other = "two" if provider == "one" else "one"
    browser = hub.browser()
    page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
    of_the_start_and_the_page = {"get_handlers", "check_allow_config", "login_url"}
    assert asked(calls, provider) >= of_the_start_and_the_page
    assert asked(calls, other) >= of_the_start_and_the_page
    calls.clear()
    fields = {"username": "ada", "password": "right"}
    page = await browser.submit(page, fields, action=f"/hub/auth/{provider}/login")
    assert page.path == "/hub/home"
    of_a_login = IN_A_LOGIN & recorded_of(type(hub.authenticator.children[provider]))
    assert asked(calls, provider) >= of_a_login | {"add_user"}
    assert not asked(calls, other)

    calls.clear()
    hub.app.users["ada"]._auth_refreshed = None
    assert (await browser.open("/hub/home")).status == 200
    assert "refresh_user" in asked(calls, provider)
    assert not asked(calls, other)

    calls.clear()
    user = await start_server(hub, browser, "ada")
    assert "pre_spawn_start" in asked(calls, provider)
    await user.stop()
    assert "post_spawn_stop" in asked(calls, provider)
    assert not asked(calls, other)

    calls.clear()
    left = await browser.open("/hub/logout")
    assert left.path == "/hub/login" or "You are signed out of JupyterHub" in left.text
    assert not browser.logged_in
    assert "logout_url" in asked(calls, provider)
    assert "logout_url" not in asked(calls, other)

    calls.clear()
    headers = {"Authorization": f"token {'a' * 32}"}
    assert (await browser.request("DELETE", "/hub/api/users/ada", headers=headers)).status == 204
    assert "delete_user" in asked(calls, provider)
    assert not asked(calls, other)


@pytest.mark.parametrize("provider", ["one", "two"])
async def test_a_name_and_password_of_the_api(hub: Hub, calls: Calls, provider: str) -> None:
    await log_in(hub, provider)
    calls.clear()
    auth = {"username": "ada", "password": "right", "provider": provider}
    answer = await hub.browser().request("POST", "/hub/api/users/ada/tokens", json={"auth": auth})
    assert answer.status == 201
    assert {whose for whose, name in calls if name in IN_A_LOGIN} == {provider}


@pytest.mark.parametrize("provider", ["one", "two"])
async def test_a_model_is_asked_about_where_it_is_of(hub: Hub, calls: Calls, provider: str) -> None:
    """Code of an authenticator may call these methods of the Hub's authenticator with the model of a login."""
    multi = hub.authenticator
    model = {"name": "ada", "auth_state": {"suite": {"provider": provider}}, "groups": [], "admin": None}
    calls.clear()
    assert await multi.check_allowed("ada", model) is True
    assert await multi.check_blocked_users("ada", model) is True
    assert not await multi.is_admin(None, model)
    assert (await multi.run_post_auth_hook(None, model))["name"] == "ada"
    authenticated = await multi.authenticate(None, {"username": "ada", "password": "right", "provider": provider})
    assert authenticated == "ada" or authenticated["name"] == "ada"
    assert {whose for whose, name in calls if name in IN_A_LOGIN} == {provider}
    assert asked(calls, provider) >= {
        "authenticate",
        "check_allowed",
        "check_blocked_users",
        "is_admin",
        "run_post_auth_hook",
    }


async def test_a_user_of_the_database_is_told_of_once_more_at_the_start(
    kinds: list[type[Authenticator]], calls: Calls, hub: Hub
) -> None:
    await log_in(hub, "two")
    calls.clear()
    await hub.app.init_users()
    assert asked(calls, "two") >= {"add_user"}
    assert "add_user" not in asked(calls, "one")


async def test_each_child_is_asked_for_a_form_of_its_own(hub: Hub, calls: Calls) -> None:
    calls.clear()
    await hub.browser().open("/hub/login")
    assert {whose for whose, name in calls if name == "get_custom_html"} == {"one", "two"}


async def test_roles_come_of_the_children_that_manage_roles(hubs: Any) -> None:
    config = config_of([entry("one", Shared, manage_roles=True), entry("two", Shared)])
    config.MultiAuthenticator.reset_managed_roles_on_startup = True
    hub = await hubs(config)
    names = {role["name"] for role in await hub.authenticator.load_managed_roles()}
    assert names == {"role-of-one"}
    assert hub.authenticator.manage_roles


async def test_what_one_keeps_the_other_does_not_have_deleted(hubs: Any) -> None:
    """`delete_invalid_users` of one child: the Hub calls all children at start-up, and the users of other children stay."""

    class Strict(Shared):
        gone = False

        def add_user(self, user: Any) -> Any:
            if type(self).gone:
                raise KeyError(user.name)
            return super().add_user(user)

    deleting = type("Deleting", (Strict,), {})
    keeping = type("Keeping", (Strict,), {})
    config = config_of([entry("one", deleting, delete_invalid_users=True), entry("two", keeping)])
    hub = await hubs(config)
    for provider, name in (("one", "ada"), ("two", "bob")):
        await log_in(hub, provider, name)
    Strict.gone = True
    await hub.app.init_users()
    assert set(hub.accounts()) == {"bob"}
    assert hub.log.lines_with("bob is no longer a user")
