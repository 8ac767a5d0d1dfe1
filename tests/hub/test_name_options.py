"""Options that take names: what YAML, JSON, the environment and the command line make of them."""

import json
import logging
from types import SimpleNamespace

import pytest
from jupyterhub.app import JupyterHub
from traitlets import Dict, List, Set, TraitError
from traitlets.config import Config
from traitlets.config.loader import JSONFileConfigLoader

from oauthenticator_suite import (
    DictionaryAuthenticator,
    GenericOAuthenticator,
    GitHubOAuthenticator,
    GitLabOAuthenticator,
    GoogleOAuthenticator,
    LocalGenericOAuthenticator,
    MultiAuthenticator,
    MWOAuthenticator,
    PAMAuthenticator,
)
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.options.names import OF_JUPYTERHUB, NameMap, TakesNames
from oauthenticator_suite.multi.options import MultiOptions
from tests.conftest import generic_config
from tests.multi.conftest import at, entry
from tests.support.entry_points import ENTRY_POINTS

pytestmark = pytest.mark.hub_versions

NO_NAMES = {
    "acr_values",  # may be one string
    "authenticators",  # entries of several kinds
    "claim_source_issuers",  # checked as the Hub starts
    "extra_authorize_params",
    "google_service_account_keys",
    "http_request_kwargs",
    "idps",  # has a separate schema
    "add_user_cmd",
    "passwords",
    "resources",  # URIs
    "required_claims",  # values of claims may be numbers
    "allowed_scopes",  # may be one string
    "scope",
    "token_params",
    "uids",
    "userdata_params",
    "users",  # pairs of a name and a password
    "whitelist",
}
"""Containers that take something else than names, or are checked elsewhere."""

OPTIONS = {
    (cls, name): OF_JUPYTERHUB.get(name, trait)
    for cls in [*ENTRY_POINTS.values()]
    for name, trait in sorted(cls.class_traits(config=True).items())
    if isinstance(trait, (Set, List, Dict)) and name not in NO_NAMES
}
LISTS = {key: trait for key, trait in OPTIONS.items() if not isinstance(trait, NameMap)}


def made(cls, option, value):
    config = Config()
    config[cls.__name__][option] = value
    return cls(config=config)


def refused(cls, option, value):
    with pytest.raises(ConfigurationError) as caught:
        made(cls, option, value)
    assert f"c.{cls.__name__}.{option}" in caught.value.detail
    return caught.value.detail


def test_every_container_takes_names_or_is_listed_here():
    assert [key for key, trait in OPTIONS.items() if not isinstance(trait, TakesNames)] == []


GOOD_VALUES = {"entitlement_namespaces": ("urn:example:bob", "urn:example:eve")}
"""Two values of each option whose values have a form of their own."""


@pytest.mark.parametrize(("cls", "option"), LISTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_list_of_names(cls, option):
    """A value that is not a list of names stops the start-up and is shown. White space around names does not count."""
    if option in GOOD_VALUES:
        with pytest.raises(TraitError, match="contains 'bob, eve', which is not"):
            made(cls, option, "bob, eve")
        bob, eve = GOOD_VALUES[option]
        assert set(getattr(made(cls, option, [f" {bob}\t", eve]), option)) == {bob, eve}
        return
    alone = getattr(LISTS[cls, option], "alone", False)
    assert """Write ["bob", "eve"]""" in refused(cls, option, "bob, eve")
    if not alone:
        assert "one string" in refused(cls, option, "bob")
    assert "a number (YAML reads 0123 as 83)" in refused(cls, option, 83)
    assert "is True, which is a truth value" in refused(cls, option, True)
    assert "contains True" in refused(cls, option, ["bob", True])
    assert "an empty name" in refused(cls, option, [""])
    if not getattr(LISTS[cls, option], "numbers", False):
        assert """Put each name in quotes, as in ["12345"]""" in refused(cls, option, [12345])
    if cls is MultiAuthenticator:
        return  # it needs children: see below
    authenticator = made(cls, option, [" bob.example\t", "eve.example"])
    assert set(getattr(authenticator, option)) == {"bob.example", "eve.example"}


@pytest.mark.parametrize(("cls", "option"), LISTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_comma_in_a_name(cls, option, hub_log):
    kind = LISTS[cls, option].kinds[0]
    if option in GOOD_VALUES:
        with pytest.raises(TraitError, match="contains 'bob, eve', which is not"):
            made(cls, option, ["bob, eve"])
    elif kind in ("user", "domain"):
        assert """Write ["bob.example", "eve.example"]""" in refused(cls, option, {"bob.example,eve.example"})
    else:
        made(cls, option, ["bob, eve"])
        (line,) = hub_log.lines_with("[comma-in-group]")
        assert """If several are meant, write ["bob", "eve"]""" in line


@pytest.mark.parametrize("cls", [GenericOAuthenticator, MWOAuthenticator, LocalGenericOAuthenticator])
@pytest.mark.parametrize("option", ["allowed_groups", "admin_groups"])
def test_blanks_inside_the_name_of_a_group_are_part_of_it(cls, option, hub_log):
    assert getattr(made(cls, option, {"Domain Users "}), option) == {"Domain Users"}
    assert hub_log.at_least(logging.WARNING) == []


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("@example.org", ["contains an @", "'example.org'"]),
        ("https://example.org/", ["is a URL", "'example.org'"]),
        ("*.example.org", ["a wildcard", "'example.org'"]),
        ("example.org lab.example", ["white space"]),
    ],
)
@pytest.mark.parametrize("option", ["hosted_domain", "allowed_hosted_domains", "allowed_email_domains"])
def test_a_domain_that_no_user_can_have(option, domain, words):
    detail = refused(GoogleOAuthenticator, option, [domain])
    assert all(word in detail for word in words)


@pytest.mark.parametrize("value", ["a.example,b.example", "@a.example"])
def test_domains_from_the_environment(monkeypatch, value):
    monkeypatch.setenv("HOSTED_DOMAIN", value)
    with pytest.raises((TraitError, ConfigurationError), match="hosted_domain"):
        GoogleOAuthenticator(config=Config(), client_id="x", client_secret="y", allow_all=True).check_configuration()


@pytest.mark.parametrize(
    ("cls", "option", "value", "words"),
    [
        (GenericOAuthenticator, "username_map", {123: "bob"}, ["contains 123", "in quotes"]),
        (GenericOAuthenticator, "username_map", {"bob": 456}, ["['bob'] contains 456"]),
        (GenericOAuthenticator, "username_map", {"bob": "eve,mallory"}, ["['bob']", "comma"]),
        (GenericOAuthenticator, "username_map", {"bob": ""}, ["['bob']", "empty"]),
        (GenericOAuthenticator, "username_map", ["bob"], ["not a dict"]),
        (GenericOAuthenticator, "group_roles", {"staff": "instructor"}, ["['staff']", 'Write ["instructor"]']),
        (GenericOAuthenticator, "group_roles", {"staff": [1]}, ["['staff']", "contains 1"]),
        (GoogleOAuthenticator, "allowed_google_groups", {"a.example": "staff"}, ["['a.example']", 'Write ["staff"]']),
        (GoogleOAuthenticator, "admin_google_groups", {"@a.example": ["staff"]}, ["contains an @"]),
        (DictionaryAuthenticator, "groups", {"staff": "ada,bob"}, ["['staff']", 'Write ["ada", "bob"]']),
        (DictionaryAuthenticator, "groups", {"staff": [True]}, ["['staff']", "truth value"]),
    ],
)
def test_a_dict_of_names(cls, option, value, words):
    detail = refused(cls, option, value)
    assert all(word in detail for word in words), detail


def test_a_name_of_the_provider_may_contain_a_comma():
    """`username_map` is the way to give such a user a name that options can have."""
    authenticator = made(GenericOAuthenticator, "username_map", {" smith, john ": " jsmith "})
    assert authenticator.username_map == {"smith, john": "jsmith"}


def test_numbers_are_the_names_of_projects_only():
    assert made(GitLabOAuthenticator, "allowed_project_ids", {123, "456"}).allowed_project_ids == {"123", "456"}
    assert "123" in refused(GitHubOAuthenticator, "allowed_organizations", {123})


# --- where values come from -------------------------------------------------------------------------------------------


def test_json_of_a_helm_chart(tmp_path):
    given = {"GenericOAuthenticator": {"blocked_users": "bob,eve"}, "Authenticator": {"admin_users": [12345]}}
    (tmp_path / "config.json").write_text(json.dumps(given))
    with pytest.raises(ConfigurationError) as caught:
        GenericOAuthenticator(config=JSONFileConfigLoader("config.json", path=str(tmp_path)).load_config())
    assert "c.GenericOAuthenticator.blocked_users is 'bob,eve', one string" in caught.value.detail
    assert "c.Authenticator.admin_users contains 12345" in caught.value.detail


class Mine(GenericOAuthenticator):
    """A class that the Hub does not know when it reads the command line."""


@pytest.mark.parametrize(
    ("arguments", "option", "value"),
    [
        (["--Authenticator.blocked_users=bob"], "blocked_users", {"bob"}),
        (["--Authenticator.blocked_users=bob", "--Authenticator.blocked_users=eve"], "blocked_users", {"bob", "eve"}),
        (["--GenericOAuthenticator.allowed_groups=Domain Users"], "allowed_groups", {"Domain Users"}),
        (["--Mine.allowed_groups=12345"], "allowed_groups", {"12345"}),
        (["--Authenticator.blocked_users=12345"], "blocked_users", {"12345"}),
    ],
)
def test_the_command_line(arguments, option, value):
    app = JupyterHub()
    app.parse_command_line(arguments)
    assert getattr(Mine(config=app.config), option) == value


def test_names_with_commas_on_the_command_line():
    app = JupyterHub()
    app.parse_command_line(["--Authenticator.blocked_users=bob,eve"])
    with pytest.raises(ConfigurationError, match=r"blocked_users contains 'bob,eve'"):
        Mine(config=app.config)


def test_what_is_added_to_an_option():
    config = Config()
    config.GenericOAuthenticator.blocked_users.update({"bob ", "eve"})
    config.GenericOAuthenticator.admin_users.add("ada")
    authenticator = GenericOAuthenticator(config=config)
    assert (authenticator.blocked_users, authenticator.admin_users) == ({"bob", "eve"}, {"ada"})
    config.GenericOAuthenticator.blocked_users.add(12345)
    with pytest.raises(ConfigurationError, match="contains 12345"):
        GenericOAuthenticator(config=config)


@pytest.mark.parametrize(
    ("cls", "option", "method", "argument", "words"),
    [
        (GenericOAuthenticator, "blocked_users", "append", "bob", "is a set: append"),
        (GenericOAuthenticator, "blocked_users", "extend", ["bob"], "is a set: append"),
        (GoogleOAuthenticator, "hosted_domain", "add", "example.org", "is a list: add"),
        (GenericOAuthenticator, "scope", "update", {"groups"}, "is a list: add"),
        (GenericOAuthenticator, "required_claims", "append", "acr", "is a dict: append"),
    ],
)
def test_a_method_that_the_option_does_not_have_is_no_longer_ignored(cls, option, method, argument, words):
    config = Config()
    getattr(config[cls.__name__][option], method)(argument)
    with pytest.raises(ConfigurationError, match=words):
        cls(config=config)


def test_the_letters_of_a_string_are_warned_of(hub_log):
    config = Config()
    config.GenericOAuthenticator.blocked_users.update("bob")
    config.GenericOAuthenticator.admin_users = set("eve")
    config.GenericOAuthenticator.allowed_users = {"x"}
    GenericOAuthenticator(config=config)
    assert len(hub_log.lines_with("[names-of-letters]")) == 2


# --- through a Hub ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "option", ["blocked_users", "allowed_users", "admin_users", "blacklist", "whitelist", "allowed_email_domains"]
)
@pytest.mark.parametrize("value", ["bob,eve", ["bob,eve"], [12345], True, 83], ids=str)
async def test_such_a_value_stops_the_hub(hub_at_provider, option, value):
    with pytest.raises(ConfigurationError, match=rf"c\.GenericOAuthenticator\.{option} (is|contains)"):
        await hub_at_provider(**{option: value})


@pytest.mark.parametrize("section", ["MultiAuthenticator", "Authenticator"])
async def test_in_the_section_of_several(provider, hubs, section):
    config = Config()
    config.JupyterHub.authenticator_class = "suite-multi"
    config.MultiAuthenticator.authenticators = [entry("campus", **at(provider))]
    config[section].blocked_users = "bob,eve"
    with pytest.raises(ConfigurationError, match=rf"c\.{section}\.blocked_users is 'bob,eve'"):
        await hubs(config)


async def test_in_the_options_of_one_of_several(provider, hubs):
    config = Config()
    config.JupyterHub.authenticator_class = "suite-multi"
    config.MultiAuthenticator.authenticators = [entry("campus", **at(provider, blocked_users=["bob,eve"]))]
    with pytest.raises(ConfigurationError, match=r"authenticators\[0\].*blocked_users contains 'bob,eve'"):
        await hubs(config)


async def test_names_that_the_hub_adds_itself_are_kept(provider, hubs):
    """Users in the database may have names that the configuration cannot have."""
    config = generic_config(provider, allow_all=False, allow_existing_users=True, blocked_users={" bob"})
    hub = await hubs(config)
    hub.authenticator.add_user(SimpleNamespace(name="smith, john"))
    assert "smith, john" in hub.authenticator.allowed_users
    hub.authenticator.allowed_users |= {"smith, john", "ada"}
    assert hub.authenticator.allowed_users >= {"smith, john", "ada"}
    assert hub.authenticator.blocked_users == {"bob"}


def test_the_parent_of_several_has_the_same_types():
    assert set(OF_JUPYTERHUB) <= set(MultiOptions.class_traits(config=True))


def test_values_that_code_sets():
    with pytest.raises(TraitError, match="allowed_groups is 'staff', one string"):
        PAMAuthenticator(allowed_groups="staff")
    authenticator = GenericOAuthenticator()
    for value in ([12345], {""}, {"": "bob"}):
        with pytest.raises(TraitError, match="blocked_users"):
            authenticator.blocked_users = value
    authenticator.allowed_users = {" bob"}
    assert authenticator.allowed_users == {"bob"}
