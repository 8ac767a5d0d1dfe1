"""Names in the configuration that no class has: an error when they may leave the Hub open, else a warning."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator, DummyAuthenticator
from traitlets import Unicode
from traitlets.config import Config, LoggingConfigurable
from traitlets.config.loader import PyFileConfigLoader

from oauthenticator_suite import GenericOAuthenticator, GitHubOAuthenticator, MultiAuthenticator, OAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.findings.spelling import edits, is_misspelling, nearest_class
from oauthenticator_suite.hub.findings.unknown import NEWER_OPTIONS, OUR_SECTIONS
from tests.conftest import generic_config
from tests.multi.conftest import at, entry

pytestmark = pytest.mark.hub_versions


def refused(config, cls=GenericOAuthenticator):
    with pytest.raises(ConfigurationError) as caught:
        cls(config=config)
    return caught.value.detail


def setting(section, option, value="x"):
    config = Config()
    config[section][option] = value
    return config


@pytest.fixture
def hub_from(provider, hubs):
    """`await hub_from(config)`: a Hub at the provider with this configuration over what a login needs."""

    async def start(more):
        config = generic_config(provider)
        config.merge(more)
        return await hubs(config)

    return start


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "option", "value", "meant"),
    [
        ("GenericOAuthenticator", "required_claim", {"acr": "gold"}, "required_claims"),
        ("GenericOAuthenticator", "blocked_user", {"bob"}, "blocked_users"),
        ("GenericOAuthenticator", "allowed_email_domain", {"example.org"}, "allowed_email_domains"),
        ("OAuthenticator", "require_verified_emails", True, "require_verified_email"),
        ("SuiteAuthenticator", "allowed_group", {"staff"}, "allowed_groups"),
        ("Authenticator", "blockedUsers", {"bob"}, "blocked_users"),
        ("Authenticator", "Blocked-users".lower(), {"bob"}, "blocked_users"),
    ],
)
async def test_a_misspelt_option_stops_the_hub_and_the_right_name_is_said(hub_from, section, option, value, meant):
    """With `allow_all`, each of these would leave the Hub open to users that the operator meant to exclude."""
    with pytest.raises(ConfigurationError, match=rf"c\.{section}\.{option} has no effect.* Did you mean {meant}\?"):
        await hub_from(setting(section, option, value))


def test_an_option_of_another_provider_is_said_to_be_one():
    detail = refused(setting("GenericOAuthenticator", "hosted_domain", ["example.org"]))
    assert "there is no such option of GenericOAuthenticator, but of GoogleOAuthenticator" in detail
    assert "GoogleOAuthenticator" in refused(setting("OAuthenticator", "hosted_domain", ["example.org"]))


def test_all_unknown_options_are_in_one_message():
    config = setting("GenericOAuthenticator", "required_claim")
    config.Authenticator.blocked_user = {"bob"}
    detail = refused(config)
    assert detail.startswith("the configuration has 2 errors:\n  1. c.")
    assert "required_claims?" in detail
    assert "blocked_users?" in detail


def test_what_is_only_added_to_an_option_counts():
    config = Config()
    config.GenericOAuthenticator.blocked_user.add("bob")
    assert "blocked_users?" in refused(config)


def test_what_is_only_read_does_not():
    config = Config()
    assert not config.GenericOAuthenticator.no_such_option._update
    assert not config.GenericOauthenticator.no_such_option._update
    GenericOAuthenticator(config=config)


def test_the_command_line_counts():
    app = JupyterHub()
    app.parse_command_line(["--GenericOAuthenticator.required_claim=x=y", "--Authenticator.allow_all=True"])
    assert "--" not in (detail := refused(app.config))
    assert "c.GenericOAuthenticator.required_claim has no effect" in detail


def test_configuration_files_that_others_load_count(tmp_path):
    (tmp_path / "jupyterhub_config.py").write_text('c = get_config()\nload_subconfig("more.py")\n')
    (tmp_path / "more.py").write_text('c = get_config()\nc.OAuthenticator.blocked_user = {"bob"}\n')
    config = PyFileConfigLoader("jupyterhub_config.py", path=str(tmp_path)).load_config()
    assert "c.OAuthenticator.blocked_user" in refused(config)


def test_a_section_that_is_nested_in_the_hubs_counts():
    config = Config()
    config.JupyterHub.GenericOAuthenticator.blocked_user = {"bob"}
    app = JupyterHub(config=config)
    with pytest.raises(ConfigurationError, match=r"c\.JupyterHub\.GenericOAuthenticator\.blocked_user"):
        GenericOAuthenticator(parent=app)


class Mixin(LoggingConfigurable):
    from_mixin = Unicode(config=True)


class OfOperator(Mixin, GitHubOAuthenticator):
    own_option = Unicode(config=True)


def test_options_of_an_operators_class_and_of_its_mixins_are_known_in_all_its_sections(hub_log):
    config = Config()
    for section in ("OfOperator", "GitHubOAuthenticator", "OAuthenticator", "Authenticator", "Mixin"):
        config[section].update(own_option="x", from_mixin="y", client_id="z")
    authenticator = OfOperator(config=config)
    assert (authenticator.own_option, authenticator.from_mixin, authenticator.client_id) == ("x", "y", "z")
    assert hub_log.at_least(logging.WARNING) == []
    assert "own_option?" in refused(setting("OfOperator", "own_options"), OfOperator)


def test_old_names_are_known():
    config = setting("GenericOAuthenticator", "whitelist", {"bob"})
    config.GenericOAuthenticator.username_key = "email"
    authenticator = GenericOAuthenticator(config=config)
    assert (authenticator.allowed_users, authenticator.username_claim) == ({"bob"}, "email")


def test_sections_of_others_are_left_alone(hub_log):
    config = Config()
    for section in ("JupyterHub", "Spawner", "DummyAuthenticator", "LDAPAuthenticator", "LoggingConfigurable"):
        config[section].no_such_option = "x"
    GenericOAuthenticator(config=config)
    assert not hub_log.lines_with("no_such_option has no effect")


@pytest.mark.parametrize("option", sorted(NEWER_OPTIONS))
def test_an_option_of_a_newer_hub_is_no_error(option, hub_log):
    config = setting("GenericOAuthenticator", option, True)
    GenericOAuthenticator(config=config)
    known = option in Authenticator.class_traits(config=True)
    assert bool(hub_log.lines_with(f"it needs JupyterHub {NEWER_OPTIONS[option]} or newer")) is not known


# --- several ----------------------------------------------------------------------------------------------------------


def several(provider, **options):
    config = Config()
    config.JupyterHub.authenticator_class = MultiAuthenticator
    config.MultiAuthenticator.authenticators = [
        entry("campus", **at(provider)),
        entry("github", GitHubOAuthenticator, client_id="x", client_secret="y", allow_all=True),
        entry("dummy", DummyAuthenticator, allow_all=True),
    ]
    config.MultiAuthenticator.update(options)
    return config


@pytest.mark.parametrize(
    ("section", "option"),
    [
        ("MultiAuthenticator", "username_colision"),
        ("MultiAuthenticator", "blocked_user"),
        ("Authenticator", "blocked_user"),
        ("OAuthenticator", "required_claim"),
        ("GitHubOAuthenticator", "required_claim"),
    ],
)
async def test_sections_that_children_read_count(provider, hubs, section, option):
    config = several(provider)
    config[section][option] = "x"
    with pytest.raises(ConfigurationError, match=rf"c\.{section}\.{option} has no effect"):
        await hubs(config)


async def test_an_option_that_one_of_several_readers_has_is_known(provider, hubs):
    config = several(provider)
    config.OAuthenticator.populate_teams_in_auth_state = False
    config.Authenticator.github_url = "https://github.com"
    config.MultiAuthenticator.enable_pkce = True
    config.DummyAuthenticator.no_such_option = "x"
    config.MultiAuthenticator.GitHubOAuthenticator.client_auth_method = "client_secret_post"
    hub = await hubs(config)
    assert not hub.log.lines_with("[unknown-option]")
    assert not hub.log.lines_with("[inactive-section]")


async def test_an_unknown_option_in_an_entry_names_the_right_one(provider, hubs):
    config = several(provider)
    config.MultiAuthenticator.authenticators[1]["config"]["allowed_organisations"] = {"jupyter"}
    with pytest.raises(
        ConfigurationError, match=r"authenticators\[1\].*allowed_organisations.*allowed_organizations\?"
    ):
        await hubs(config)


# --- sections ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "meant"),
    [
        ("GenericOauthenticator", "GenericOAuthenticator"),
        ("GenericOAuthentcator", "GenericOAuthenticator"),
        ("GenricOAuthenticator", "GenericOAuthenticator"),
        ("GithubOAuthenticator", "GitHubOAuthenticator"),
        ("PAMAuthentictaor", "PAMAuthenticator"),
        ("OAuthentcator", "OAuthenticator"),
        ("Authenticators", "Authenticator"),
        ("MWOauthenticator", "MWOAuthenticator"),
        ("LocalUser", "LocalUsers"),
    ],
)
async def test_a_misspelt_section_stops_the_hub(hub_from, section, meant):
    with pytest.raises(ConfigurationError, match=rf"c\.{section} .*Did you mean c\.{meant}\?"):
        await hub_from(setting(section, "blocked_users", {"bob"}))


async def test_a_section_of_an_operators_class_may_be_misspelt_too(hubs):
    config = setting("OfOperatr", "blocked_users", {"bob"})
    config.JupyterHub.authenticator_class = OfOperator
    config.OfOperator.update(client_id="x", client_secret="y", allow_all=True)
    with pytest.raises(ConfigurationError, match=r"Did you mean c\.OfOperator\?"):
        await hubs(config)


def test_a_class_that_is_loaded_may_have_a_similar_name(hub_log):
    class GenericsOAuthenticator(Authenticator):
        pass

    GenericOAuthenticator(config=setting("GenericsOAuthenticator", "allowed_users", {"bob"}))
    assert not hub_log.lines_with("GenericsOAuthenticator")


def test_the_name_of_a_class_that_is_not_loaded_is_a_warning_if_it_is_short(hub_log):
    GenericOAuthenticator(config=setting("CASAuthenticator", "cas_login_url"))
    (line,) = hub_log.lines_with("[similar-section]")
    assert "similar to c.PAMAuthenticator" in line


async def test_a_section_whose_class_is_not_active_is_a_warning(hub_from):
    hub = await hub_from(setting("GitHubOAuthenticator", "allowed_organizations", {"jupyter"}))
    (line,) = hub.log.lines_with("[inactive-section]")
    assert "c.GitHubOAuthenticator has no effect: the active authenticator is GenericOAuthenticator" in line


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("abc", "abx", 1), ("kitten", "sitting", 3), ("OAuth", "Oauth", 1)],
)
def test_edits(one, other, number):
    assert edits(one, other) == edits(other, one) == number


names = st.text("abAB", max_size=6)


@given(names, names)
def test_edits_are_a_distance(one, other):
    distance = edits(one, other)
    assert distance == edits(other, one)
    assert (distance == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance <= max(len(one), len(other))


def test_no_class_of_ours_is_taken_for_another():
    for name in OUR_SECTIONS:
        assert nearest_class(name, OUR_SECTIONS) == name
    assert is_misspelling("PANAuthenticator", "PAMAuthenticator")
    assert not is_misspelling("CASAuthenticator", "PAMAuthenticator")
    assert OAuthenticator.__name__ in OUR_SECTIONS
