"""Configurations of `MultiAuthenticator`. Mistakes stop the start-up and name the option and the fix. Values that are set in
several places reach each child once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jupyterhub.auth import DummyAuthenticator, PAMAuthenticator
from traitlets import TraitError, Unicode
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator, GitHubOAuthenticator, OAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.multi import MultiAuthenticator
from oauthenticator_suite.multi.startup.entries import provider_of
from tests.multi.conftest import config_of, entry

pytestmark = pytest.mark.hub_versions

DUMMY = entry("dummy", DummyAuthenticator)
GENERIC = {"issuer": "https://login.example", "client_id": "hub", "client_secret": "s", "allow_all": True}
NOT_SET = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_CALLBACK_URL", "LOGIN_SERVICE", "OIDC_ISSUER")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_CRYPT_KEY", "0" * 64)
    for name in NOT_SET:
        monkeypatch.delenv(name, raising=False)


def made(config: Config) -> MultiAuthenticator:
    return MultiAuthenticator(config=config)


def refused(config: Config) -> str:
    with pytest.raises(ConfigurationError) as caught:
        made(config)
    return caught.value.detail


def says(config: Config, *words: str) -> None:
    detail = refused(config)
    for word in words:
        assert word in detail


# --- entries ----------------------------------------------------------------------------------------------------------


class Unloadable:
    """Replaces a package whose import fails."""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ["authenticators[0]", "authenticator_class"]),
        (17, ["authenticators[0]", "must be a dict"]),
        (None, ["authenticators[0]", "must be a dict"]),
        ([DummyAuthenticator], ["authenticators[0]", "must be a dict"]),
        ({"provider": "x"}, ["authenticators[0]", "authenticator_class"]),
        ({**DUMMY, "client_id": "x", "name": "y"}, ["unknown keys: client_id, name", "belong in its config"]),
        ({**DUMMY, 3: "x"}, ["has unknown keys: 3"]),
        ({**DUMMY, "provider": 3}, ["provider must be a string"]),
        ({**DUMMY, "icon": None}, ["icon must be a string"]),
        ({**DUMMY, "login_service": b"x"}, ["login_service must be a string"]),
        ({**DUMMY, "prefix": False}, ["prefix must be a string"]),
        ({**DUMMY, "config": [("password", "x")]}, ["config must be a dict"]),
        ({**DUMMY, "config": None}, ["config must be a dict"]),
        ({**DUMMY, "provider": "Dummy"}, ["'Dummy'", "lower-case letters"]),
        ({**DUMMY, "provider": "a/b"}, ["'a/b'", "part of URLs"]),
        ({**DUMMY, "provider": "a:b"}, ["'a:b'", "part of URLs"]),
        ({**DUMMY, "provider": "../x"}, ["part of URLs"]),
        ({**DUMMY, "provider": "dummy\n"}, ["part of URLs"]),
        ({**DUMMY, "provider": "a" * 64}, ["part of URLs"]),
        (
            {**DUMMY, "config": {"provider": "X"}},
            ["['config'].provider has no effect: there is no such option of DummyAuthenticator"],
        ),
        (
            {"authenticator_class": DictionaryAuthenticator, "config": {"provider": 5}},
            ["provider is 5", "lower-case letters"],
        ),
        (
            "no-such-entry-point",
            [
                "'no-such-entry-point'",
                "is not an authenticator",
                "; 'jupyterhub --help-all' lists the names of all installed authenticators",
            ],
        ),
        ("Dumy", ["'Dumy' is not an authenticator; did you mean 'dummy'? 'jupyterhub --help-all' lists"]),
        ("suite-githup", ["did you mean 'suite-github'? "]),
        ("GitHubAuthenticator", ["did you mean 'suite-github' or "]),
        ("suite-gitl", ["did you mean 'suite-gitlab' or 'suite-github'? "]),
        ("no.such.module.Class", ["'no.such.module.Class' is not an authenticator: No module named 'no'"]),
        ("jupyterhub.spawner.Spawner", ["its class does not derive from Authenticator"]),
        (Unloadable, ["is not an authenticator: give the name of an entry point, a class, or"]),
        (entry("x", 17), ["17 is not an authenticator"]),
        (
            {**DUMMY, "config": {"pass_word": "x"}},
            ["['config'].pass_word", "of DummyAuthenticator", "Did you mean password?"],
        ),
        ({**DUMMY, "config": {"seat": "x"}}, ["['config'].seat has no effect"]),
        (MultiAuthenticator, ["MultiAuthenticator itself", "list its children"]),
        (type("Mine", (MultiAuthenticator,), {}), ["MultiAuthenticator itself"]),
    ],
    ids=repr,
)
def test_an_invalid_entry(given: Any, words: list[str]) -> None:
    says(config_of([given]), *words)


def test_which_entry_it_is() -> None:
    says(
        config_of([DUMMY, {**DUMMY, "provider": "other", "login_service": "O", "x": 1}]),
        "authenticators[1] has unknown keys: x",
    )


def test_a_module_that_fails(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_package_of_the_test.py").write_text("raise RuntimeError('as it is loaded')")
    monkeypatch.syspath_prepend(tmp_path)
    says(
        config_of(["broken_package_of_the_test.Authenticator"]),
        "authenticators[0]",
        "cannot be loaded",
        "RuntimeError: as it is loaded",
    )


def test_nothing_to_sign_in_with() -> None:
    says(config_of([]), "c.MultiAuthenticator.authenticators is empty")


@pytest.mark.parametrize("given", [{"a": 1}, 17, DummyAuthenticator])
def test_a_list_is_a_list(given: Any) -> None:
    with pytest.raises(TraitError, match="authenticators"):
        made(config_of(given))


@pytest.mark.parametrize(
    "entries",
    [
        [DUMMY, {**DUMMY, "login_service": "Another"}],
        [DummyAuthenticator, DUMMY],
        ["dummy", "dummy"],
        [entry("same", DictionaryAuthenticator), entry("same", DummyAuthenticator)],
        [DummyAuthenticator, entry("x", DictionaryAuthenticator) | {"provider": "dummy"}],
        ["oauthenticator_suite.GitHubOAuthenticator", GitHubOAuthenticator],
    ],
)
def test_a_provider_is_there_once(entries: list[Any]) -> None:
    says(config_of(entries), "authenticators[0] and", "authenticators[1] are both", "set a different provider")


def test_what_a_provider_is_called_without_a_name() -> None:
    called = {
        "dummy": DummyAuthenticator,
        "pam": PAMAuthenticator,
        "github": GitHubOAuthenticator,
        "generic": GenericOAuthenticator,
        "dictionary": DictionaryAuthenticator,
        "oauthenticator": OAuthenticator,
        "my-own": type("My_OwnAuthenticator", (DummyAuthenticator,), {}),
        "cas": type("LocalCASAuthenticator", (DummyAuthenticator,), {}),
    }
    assert {name: provider_of(cls) for name, cls in called.items()} == {name: name for name in called}


# --- checks across children -------------------------------------------------------------------------------------------

OTHER = entry("other", DummyAuthenticator)
GITHUB = entry("github", GitHubOAuthenticator, client_id="x", client_secret="y", allow_all=True)


@pytest.mark.parametrize(
    ("entries", "options", "words"),
    [
        ([DUMMY, OTHER], {"enable_auth_state": False}, ["username_collision = 'reject'", "enable_auth_state = True"]),
        (
            [DUMMY, OTHER],
            {"enable_auth_state": False, "username_collision": "share"},
            ["username_collision = 'share'", "enable_auth_state = True", "'prefix'"],
        ),
        ([DUMMY, OTHER], {"unclaimed_accounts": "campus"}, ["unclaimed_accounts", "'campus'", "dummy, other"]),
        (
            [DUMMY, OTHER],
            {"unclaimed_accounts": "dummy", "username_collision": "share"},
            ["unclaimed_accounts", "only with username_collision = 'reject'"],
        ),
        ([DUMMY, entry("other", DummyAuthenticator, allow_all=17)], {}, ["authenticators[1]: ", "'allow_all'"]),
        ([DUMMY, entry("g", GenericOAuthenticator, whitelist={"a"}, allowed_users={"b"})], {}, ["[1]: ", "whitelist"]),
        ([GITHUB, OTHER], {"auto_login": True}, ["c.MultiAuthenticator.auto_login", "Remove it"]),
        ([DUMMY], {"auto_login": True}, ["c.MultiAuthenticator.auto_login", "Remove it"]),
        ([entry("dummy", DummyAuthenticator, auto_login=True), OTHER], {}, ["auto_login of dummy", "Remove it"]),
        (
            [entry("dummy", DummyAuthenticator, enable_auth_state=False), OTHER],
            {},
            ["enable_auth_state of dummy is False", "Set only c.MultiAuthenticator.enable_auth_state"],
        ),
        (
            [entry("dummy", DummyAuthenticator, enable_auth_state=True), OTHER],
            {"username_collision": "prefix"},
            ["enable_auth_state of dummy is True", "Set only c.MultiAuthenticator.enable_auth_state"],
        ),
        ([{**DUMMY, "prefix": ""}, OTHER], {}, ["prefix has an effect only with username_collision = 'prefix'"]),
        ([{**DUMMY, "prefix": "x-"}], {"username_collision": "prefix"}, ["prefix must be empty or 'dummy:'"]),
        (
            [{**DUMMY, "prefix": ""}, {**OTHER, "prefix": ""}],
            {"username_collision": "prefix"},
            ["authenticators[0] and", "both without a prefix", "at most one"],
        ),
        ([PAMAuthenticator], {"username_collision": "prefix"}, ["users of this system", "Set its prefix to ''"]),
        (
            [{**DUMMY, "login_service": "The Same"}, {**OTHER, "login_service": "the same"}],
            {},
            ["both called 'the same'", "different login_service"],
        ),
        (["dummy", PAMAuthenticator], {}, ["both without a name", "different login_service"]),
        (
            [entry("g", GenericOAuthenticator, **GENERIC, oauth_callback_url="https://hub.example/hub/oauth_callback")],
            {},
            ["oauth_callback_url of g", "must end in /hub/auth/g/authorize", "register it"],
        ),
        (
            [entry("g", GenericOAuthenticator, **GENERIC, oauth_callback_url="https://h.example/hub/auth/h/authorize")],
            {},
            ["must end in /hub/auth/g/authorize"],
        ),
        ([DUMMY, OTHER], {"admin_users": {"alice"}}, ["admin_users contains 'alice'", "as in 'dummy:alice'"]),
        ([DUMMY, OTHER], {"allowed_users": {"alice"}}, ["allowed_users contains 'alice'", "as in 'dummy:alice'"]),
        ([DUMMY, OTHER], {"allowed_users": {"lab:alice"}}, ["no provider 'lab'", "dummy, other"]),
        ([DUMMY, OTHER], {"blocked_users": {"lab:alice"}}, ["no provider 'lab'", "dummy, other"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and all(isinstance(x, str) for x in value) else "",
)
def test_children_that_cannot_be_used_together(entries: list[Any], options: dict[str, Any], words: list[str]) -> None:
    says(config_of(entries, **options), *words)


def test_an_unknown_collision_mode() -> None:
    with pytest.raises(TraitError, match="username_collision"):
        made(config_of([DUMMY], username_collision="merge"))


# --- names in sections ------------------------------------------------------------------------------------------------

Given = Callable[[Config], None]


def adding(option: str, section: str) -> Given:
    def add(config: Config) -> None:
        getattr(config[section], option).add("x")  # a LazyConfigValue: the option's type is not known yet

    return add


def setting(option: str, section: str, value: Any = None) -> Given:
    return lambda config: config[section].update({option: value or {"x"}})


TWO_GENERICS = [entry(name, GenericOAuthenticator, **GENERIC) for name in ("campus", "lab")]
TWO_LOCAL = [{**entry("campus", PAMAuthenticator)}, entry("lab", type("Mine", (PAMAuthenticator,), {}))]


@pytest.mark.parametrize(
    ("entries", "given", "section"),
    [
        (TWO_GENERICS, setting("allowed_users", "GenericOAuthenticator"), "GenericOAuthenticator"),
        (TWO_GENERICS, setting("admin_users", "GenericOAuthenticator"), "GenericOAuthenticator"),
        (TWO_GENERICS, setting("admin_groups", "GenericOAuthenticator"), "GenericOAuthenticator"),
        (TWO_GENERICS, setting("allowed_groups", "OAuthenticator"), "OAuthenticator"),
        (TWO_GENERICS, setting("group_roles", "OAuthenticator", {"x": ["y"]}), "OAuthenticator"),
        (TWO_GENERICS, setting("admin_groups", "MultiAuthenticator"), "MultiAuthenticator"),
        (TWO_GENERICS, setting("allowed_groups", "Authenticator"), "Authenticator"),
        ([*TWO_GENERICS[:1], GITHUB], setting("allowed_users", "OAuthenticator"), "OAuthenticator"),
        ([*TWO_GENERICS[:1], GITHUB], setting("allowed_users", "SuiteAuthenticator"), "SuiteAuthenticator"),
        (TWO_LOCAL, setting("admin_groups", "PAMAuthenticator"), "PAMAuthenticator"),
        (TWO_LOCAL, setting("allowed_groups", "LocalAuthenticator"), "LocalAuthenticator"),
        (TWO_GENERICS, adding("allowed_users", "GenericOAuthenticator"), "GenericOAuthenticator"),
        (TWO_GENERICS, adding("admin_users", "OAuthenticator"), "OAuthenticator"),
        (TWO_GENERICS, setting("whitelist", "GenericOAuthenticator"), "GenericOAuthenticator"),
        (TWO_GENERICS, adding("whitelist", "OAuthenticator"), "OAuthenticator"),
        (TWO_LOCAL, setting("group_whitelist", "LocalAuthenticator"), "LocalAuthenticator"),
        (TWO_LOCAL, setting("whitelist", "PAMAuthenticator"), "PAMAuthenticator"),
    ],
)
def test_names_in_a_section_that_two_children_read_are_refused(entries: list[Any], given: Given, section: str) -> None:
    config = config_of(entries)
    given(config)
    says(config, f"c.{section}.", "applies to 2 providers", "set it in the config of one provider")


@pytest.mark.parametrize("option", ["whitelist", "allowed_users"])
@pytest.mark.parametrize("section", ["Authenticator", "MultiAuthenticator"])
def test_names_in_the_parents_old_options_need_a_provider_too(section: str, option: str) -> None:
    config = config_of([DUMMY, OTHER])
    config[section][option] = {"dummy:alice"}
    multi = made(config)
    assert [multi.children[name].allowed_users for name in ("dummy", "other")] == [{"alice"}, set()]
    config[section][option] = {"alice"}
    says(config, "as in 'dummy:alice'")


def test_names_that_are_added_to_our_own() -> None:
    config = config_of([DUMMY, OTHER])
    config.MultiAuthenticator.allowed_users.add("dummy:alice")
    config.Authenticator.allowed_users.add("other:bob")
    multi = made(config)
    assert [multi.children[name].allowed_users for name in ("dummy", "other")] == [{"alice"}, {"bob"}]


def test_old_names_that_block() -> None:
    config = config_of([DUMMY, OTHER])
    config.Authenticator.blacklist = {"other:alice", "bob"}
    multi = made(config)
    assert [multi.children[name].blocked_users for name in ("dummy", "other")] == [{"bob"}, {"alice", "bob"}]


def test_a_section_that_one_child_reads_belongs_to_it() -> None:
    config = config_of([TWO_GENERICS[0], DUMMY])
    config.GenericOAuthenticator.allowed_users.add("alice")
    multi = made(config)
    assert [multi.children[name].allowed_users for name in ("campus", "dummy")] == [{"alice"}, set()]


# --- values from several places ---------------------------------------------------------------------------------------


def test_what_is_appended_is_so_once() -> None:
    config = config_of([*TWO_GENERICS, GITHUB])
    config.OAuthenticator.scope.append("from-base")
    config.GenericOAuthenticator.scope.append("own")
    config.MultiAuthenticator.scope.append("never read")
    multi = made(config)
    default = GenericOAuthenticator().scope
    scope = multi.children["campus"].scope
    assert scope == multi.children["lab"].scope
    for name in ("from-base", "own", *default):
        assert scope.count(name) == 1
    assert multi.children["github"].scope.count("from-base") == 1
    assert "own" not in multi.children["github"].scope


class Listing(DummyAuthenticator):
    """Has an option with the name of another child's option."""

    client_id = Unicode("mine", config=True)


def test_what_the_entry_says_goes_before_all() -> None:
    config = config_of([entry("listing", Listing), entry("campus", GenericOAuthenticator, **GENERIC)])
    config.MultiAuthenticator.client_id = "of nobody"
    config.GenericOAuthenticator.client_id = "of the section"
    multi = made(config)
    assert multi.children["campus"].client_id == "hub"
    assert multi.children["listing"].client_id == "of nobody", "an option of ours is every child's that has it"


def test_children_of_one_class_do_not_share_their_values() -> None:
    passwords = {"alice": "a-secret"}
    config = config_of(
        [
            entry("one", DictionaryAuthenticator, passwords=passwords, username_map={"a": "b"}),
            entry("two", DictionaryAuthenticator, passwords={"bob": "b-secret"}),
        ]
    )
    multi = made(config)
    assert multi.children["one"].passwords == {"alice": "a-secret"}
    assert multi.children["two"].passwords == {"bob": "b-secret"}
    assert multi.children["two"].username_map == {}
    assert passwords == {"alice": "a-secret"}
    assert made(config).children["one"].passwords == {"alice": "a-secret"}, "the configuration is as it was"


# --- the environment --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OAUTH_CALLBACK_URL", "https://hub.example/hub/oauth_callback", ["oauth_callback_url of campus"]),
        ("LOGIN_SERVICE", "Example", ["both called 'Example'"]),
    ],
)
def test_a_variable_that_two_would_share(
    variable: str, value: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that only one child can use is not silently given to both."""
    entries = [{**one, "login_service": ""} if variable == "LOGIN_SERVICE" else one for one in TWO_GENERICS]
    monkeypatch.setenv(variable, value)
    says(config_of(entries), *words)


def test_a_secret_that_two_providers_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTH_CLIENT_ID", "hub")
    monkeypatch.setenv("OAUTH_CLIENT_SECRET", "of-the-environment")
    campus = entry("campus", GenericOAuthenticator, issuer="https://campus.example", allow_all=True)
    lab = entry("lab", GenericOAuthenticator, issuer="https://lab.example", allow_all=True)
    detail = refused(config_of([campus, lab]))
    for word in ("campus and lab", "client_secret", "in the config of each", "environment"):
        assert word in detail
    assert "of-the-environment" not in detail
    lab["config"]["client_secret"] = "its own"
    multi = made(config_of([campus, lab]))
    assert multi.children["campus"].client_secret == "of-the-environment"
    assert multi.children["lab"].client_secret == "its own"


def test_one_provider_may_be_there_twice() -> None:
    """For example with other options for another group of users."""
    assert set(made(config_of(TWO_GENERICS)).children) == {"campus", "lab"}


def test_a_child_s_own_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NOT_SET:
        monkeypatch.setenv(name, "https://environment.example/hub/auth/campus/authorize")
    multi = made(config_of([entry("campus", GenericOAuthenticator, **GENERIC)]))
    campus = multi.children["campus"]
    assert (campus.client_id, campus.client_secret, campus.issuer) == ("hub", "s", "https://login.example")
    assert campus.login_service == "Campus"
