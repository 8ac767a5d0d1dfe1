"""Old names of options take effect with a warning, or stop the start-up. CVE-2020-26250: one was ignored."""

import logging
import textwrap

import pytest
from jupyterhub.app import JupyterHub
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.options.trait_types import Renamed
from tests.support import reference_on

pytestmark = pytest.mark.hub_versions


@pytest.fixture
def loaded(tmp_path):
    """`loaded("c.… = …")`: an authenticator with that configuration file."""

    def load(text):
        (tmp_path / "config.py").write_text("c = get_config()\n" + textwrap.dedent(text))
        return GenericOAuthenticator(config=PyFileConfigLoader("config.py", path=str(tmp_path)).load_config())

    return load


def made(**traits):
    config = Config()
    config.GenericOAuthenticator.update(traits)
    return GenericOAuthenticator(config=config)


PAIRS = {
    "whitelist": ({"ada"}, "allowed_users", {"ada"}),
    "blacklist": ({"eve"}, "blocked_users", {"eve"}),
    "username_key": ("email", "username_claim", "email"),
    "extra_params": ({"audience": "hub"}, "token_params", {"audience": "hub"}),
    "tls_verify": (False, "validate_server_cert", False),
    "access_token_url": ("https://login.example/token", "token_url", "https://login.example/token"),
    "claim_groups_key": ("groups", "auth_state_groups_key", "oauth_user.groups"),
}


def test_all_old_names_are_in_the_table():
    renamed = {
        name for name, trait in GenericOAuthenticator.class_traits(config=True).items() if isinstance(trait, Renamed)
    }
    assert renamed == set(PAIRS)


@pytest.mark.parametrize("old", PAIRS)
def test_an_old_name_takes_effect_with_a_warning(old, caplog):
    value, new, result = PAIRS[old]
    logger = logging.getLogger("traitlets")
    logger.addHandler(caplog.handler)
    try:
        authenticator = made(**{old: value})
    finally:
        logger.removeHandler(caplog.handler)
    assert getattr(authenticator, new) == result
    is_converted = GenericOAuthenticator.class_traits()[old].convert is not None  # it reads as it was set
    assert getattr(authenticator, old) == (value if is_converted else result)
    (line,) = {record.getMessage() for record in caplog.records}
    assert f"c.GenericOAuthenticator.{old} " in line
    assert f"c.GenericOAuthenticator.{new}. Use the new name, {new}. [deprecated-option]" in line


@pytest.mark.parametrize("old", PAIRS)
def test_both_names_with_the_same_value(old):
    value, new, result = PAIRS[old]
    assert getattr(made(**{old: value, new: result}), new) == result


DIFFERENT = {
    "whitelist": {"bob"}, "blacklist": {"bob"}, "username_key": "sub", "extra_params": {}, "tls_verify": True,
    "claim_groups_key": "oauth_user.teams", "access_token_url": "https://other.example/token",
}  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("old", PAIRS)
def test_both_names_with_different_values_stop(old, order):
    value, new, _ = PAIRS[old]
    both = {old: value, new: DIFFERENT[old]}
    with pytest.raises(ConfigurationError) as caught:
        made(**dict(list(both.items())[::order]))
    assert old in caught.value.detail
    assert new in caught.value.detail


@pytest.mark.parametrize("section", ["Authenticator", "OAuthenticator", "GenericOAuthenticator"])
def test_from_any_section_of_a_file(loaded, section):
    assert loaded(f"c.{section}.whitelist = ['ada']").allowed_users == {"ada"}


def test_across_sections(loaded):
    with pytest.raises(ConfigurationError, match="whitelist"):
        loaded("c.Authenticator.allowed_users = {'ada'}\nc.GenericOAuthenticator.whitelist = {'bob'}")


def test_additions_in_a_file(loaded):
    authenticator = loaded("""
        c.GenericOAuthenticator.whitelist.add("ada")
        c.GenericOAuthenticator.extra_params.update({"audience": "hub"})
    """)
    assert authenticator.allowed_users == {"ada"}
    assert authenticator.token_params == {"audience": "hub"}


def test_an_addition_to_the_new_name_by_the_old_one_stops(loaded):
    with pytest.raises(ConfigurationError, match="whitelist"):
        loaded("c.Authenticator.allowed_users = {'ada'}\nc.Authenticator.whitelist.add('bob')")


@pytest.mark.parametrize(
    ("arguments", "option", "value"),
    [
        (["--GenericOAuthenticator.whitelist=ada"], "allowed_users", {"ada"}),
        (["--Authenticator.whitelist=ada", "--Authenticator.whitelist=bob"], "allowed_users", {"ada", "bob"}),
        (["--Authenticator.blacklist=eve"], "blocked_users", {"eve"}),
        (["--GenericOAuthenticator.username_key=email"], "username_claim", "email"),
        (["--GenericOAuthenticator.extra_params=audience=hub"], "token_params", {"audience": "hub"}),
        (["--GenericOAuthenticator.tls_verify=False"], "validate_server_cert", False),
        (["--GenericOAuthenticator.claim_groups_key=a.b"], "auth_state_groups_key", "oauth_user.a.b"),
    ],
    ids=lambda value: "-".join(sorted(map(str, value))) if isinstance(value, set | list) else str(value),
)
def test_from_the_command_line(arguments, option, value):
    app = JupyterHub()
    app.parse_command_line(arguments)
    assert getattr(GenericOAuthenticator(config=app.config), option) == value


def test_when_it_is_made_in_code():
    assert GenericOAuthenticator(whitelist={"ada"}).allowed_users == {"ada"}
    with pytest.raises(ConfigurationError):
        GenericOAuthenticator(username_key="a", username_claim="b")
    authenticator = GenericOAuthenticator()
    authenticator.whitelist = {"bob"}
    assert authenticator.allowed_users == {"bob"}


@pytest.mark.parametrize(
    "wrong", [{"whitelist": 5}, {"tls_verify": "maybe"}, {"claim_groups_key": ["groups"]}, {"blacklist": 5}], ids=str
)
def test_a_value_of_the_wrong_type_stops_and_names_the_old_name(wrong):
    (old,) = wrong
    with pytest.raises((TraitError, ConfigurationError), match=f"GenericOAuthenticator.{old}"):
        made(**wrong)


def test_claim_groups_key_with_a_function_gets_the_users_data():
    authenticator = made(claim_groups_key=lambda user_info: user_info["teams"])
    assert authenticator.auth_state_groups_key({"oauth_user": {"teams": ["a"]}, "scope": []}) == ["a"]


@pytest.mark.parametrize(
    "key",
    ["groups", "https://example.org/groups", "realm.groups", lambda user_info: user_info["groups"]],
    ids=["plain", "dots of its own", "dotted", "function"],
)
async def test_claim_groups_key_through_a_login(hub_at_provider, provider, key):
    provider.users["alice"].update({"https://example.org/groups": ["staff"], "realm": {"groups": ["staff"]}})
    provider.users["alice"]["groups"] = "staff"
    hub = await hub_at_provider(claim_groups_key=key, manage_groups=True, scope=["openid", "profile", "groups"])
    await hub.browser().login("alice")
    assert [group.name for group in hub.app.users["alice"].groups] == ["staff"]


async def test_an_old_restriction_restricts(hub_at_provider, provider):
    """CVE-2020-26250, through a real Hub."""
    hub = await hub_at_provider(allow_all=False, whitelist={"bob"})
    page = await hub.browser().login("alice")
    assert page.status == 403
    reference_on(page, hub)
    assert (await hub.browser().login("bob")).status == 200
    assert hub.log.lines_with("GenericOAuthenticator.whitelist is a deprecated name")


async def test_an_old_block_blocks(hub_at_provider):
    """JupyterHub itself ignores a `blacklist`."""
    hub = await hub_at_provider(blacklist={"alice"})
    assert (await hub.browser().login("alice")).status == 403


async def test_a_conflict_stops_the_hub(hub_at_provider):
    with pytest.raises(ConfigurationError, match="whitelist"):
        await hub_at_provider(whitelist={"bob"}, allowed_users={"alice"})
