"""Access options that contradict each other, or that can match no user: an error or a warning each."""

import pytest
from traitlets.config import Config

from oauthenticator_suite import (
    ForgejoOAuthenticator,
    GenericOAuthenticator,
    GitHubOAuthenticator,
    GitLabOAuthenticator,
    GoogleOAuthenticator,
    LocalGenericOAuthenticator,
    MWOAuthenticator,
    PAMAuthenticator,
)
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.findings.finding import ERROR, WARNING, find

pytestmark = pytest.mark.hub_versions

CLIENT = {"client_id": "hub", "client_secret": "secret"}


def made(cls, **options):
    config = Config()
    config[cls.__name__].update({**CLIENT, **options} if cls is not PAMAuthenticator else options)
    return cls(config=config)


def codes(authenticator, severity):
    return {finding.code for finding in find(authenticator, "start") if finding.severity == severity}


# --- allow_all --------------------------------------------------------------------------------------------------------

PUBLIC = [
    (GitHubOAuthenticator, {}, "GitHub"),
    (GitLabOAuthenticator, {}, "gitlab.com"),
    (ForgejoOAuthenticator, {}, "Codeberg"),
    (GoogleOAuthenticator, {}, "Google"),
    (MWOAuthenticator, {"user_agent": "hub (admin@example.org)"}, "Wikimedia"),
    (GenericOAuthenticator, {"issuer": "https://accounts.google.com"}, "Google"),
]
NOT_PUBLIC = [
    (GitHubOAuthenticator, {"github_url": "https://git.example.org"}),
    (GitLabOAuthenticator, {"gitlab_url": "https://git.example.org"}),
    (ForgejoOAuthenticator, {"forgejo_url": "https://git.example.org"}),
    (MWOAuthenticator, {"mw_index_url": "https://wiki.example.org/index.php"}),
    (GenericOAuthenticator, {"issuer": "https://login.example.org"}),
    (GoogleOAuthenticator, {"hosted_domain": ["example.org"]}),
]


@pytest.mark.parametrize(("cls", "options", "name"), PUBLIC)
def test_everyone_at_a_public_provider_is_a_warning(cls, options, name, hub_log):
    made(cls, allow_all=True, **options).check_configuration()
    (line,) = hub_log.lines_with("[open-to-everyone]")
    assert f"everyone with an account at {name} can sign in" in line


@pytest.mark.parametrize(("cls", "options", "name"), PUBLIC)
def test_everyone_in_spite_of_a_list_is_an_error(cls, options, name):
    with pytest.raises(ConfigurationError, match=rf"allow_all is True.* {name} .*although allowed_users is set"):
        made(cls, allow_all=True, allowed_users={"bob"}, **options).check_configuration()


@pytest.mark.parametrize(("cls", "options"), NOT_PUBLIC)
def test_at_other_providers_it_is_no_mistake(cls, options, hub_log):
    made(cls, allow_all=True, **options).check_configuration()
    assert not hub_log.lines_with("allow_all is True")


@pytest.mark.parametrize(("cls", "options"), NOT_PUBLIC)
def test_there_a_list_is_only_moot(cls, options):
    authenticator = made(cls, allow_all=True, allowed_users={"bob"}, **options)
    assert "moot-lists" in codes(authenticator, WARNING)
    assert codes(authenticator, ERROR) == set()


@pytest.mark.parametrize(
    "options",
    [
        {"required_claims": {"hd": "example.org"}},
        {"allowed_email_domains": {"example.org"}},
        {"post_auth_hook": lambda authenticator, handler, auth_model: auth_model},
    ],
    ids=lambda options: next(iter(options)),
)
def test_a_restriction_is_enough(options):
    authenticator = made(GitHubOAuthenticator, allow_all=True, **options)
    assert not codes(authenticator, WARNING) & {"open-to-everyone"}


@pytest.mark.parametrize("option", ["require_verified_email"])
def test_what_everyone_can_satisfy_is_no_restriction(option):
    authenticator = made(GitHubOAuthenticator, allow_all=True, scope=["user:email"], **{option: True})
    assert "open-to-everyone" in codes(authenticator, WARNING)


def test_administrators_are_not_moot():
    authenticator = made(GenericOAuthenticator, issuer="https://a.example", allow_all=True, admin_users={"ada"})
    assert codes(authenticator, WARNING) == set()


async def test_the_hub_starts_with_a_moot_list(hub_at_provider):
    hub = await hub_at_provider(allow_all=True, allowed_users={"bob"})
    assert "allowed_users admit no further user" in hub.log.lines_with("[moot-lists]")[0]


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "options", "wrong"),
    [
        (GenericOAuthenticator, {"issuer": "https://a.example"}, {"Bob": "robert"}),
        (GoogleOAuthenticator, {}, {"Bob@example.org": "bob"}),
        (PAMAuthenticator, {}, {"Bob": "robert"}),
    ],
)
def test_a_key_that_matches_no_user(cls, options, wrong, hub_log):
    authenticator = made(cls, allow_all=True, username_map={**wrong, "eve": "eva", "carl": "carl"}, **options)
    authenticator.check_configuration()
    (line,) = hub_log.lines_with("[username-map-key]")
    (key,) = wrong
    assert f"has the key {key!r}, which can match no user. Write {key.lower()!r}" in line


@pytest.mark.parametrize(
    ("cls", "options", "names"),
    [
        (MWOAuthenticator, {}, {"Bob van Dyke": "bob", "Alice_A": "alice"}),
        (PAMAuthenticator, {"pam_normalize_username": True}, {"Bob": "robert"}),
    ],
)
def test_capitals_that_match(cls, options, names):
    assert "username-map-key" not in codes(made(cls, allow_all=True, username_map=names, **options), WARNING)


class Capitals(GenericOAuthenticator):
    def normalize_username(self, username):
        return self.username_map.get(username.upper(), username)


def test_an_operators_own_way_to_normalize_is_not_judged():
    authenticator = made(Capitals, issuer="https://a.example", username_map={"BOB": "robert", "eve": "x"})
    assert "username-map-key" not in codes(authenticator, WARNING)


def test_an_administrator_who_is_blocked():
    authenticator = made(GenericOAuthenticator, admin_users={"ada", "bob"}, blocked_users={"Bob", "eve"})
    assert "blocked-administrator" in codes(authenticator, WARNING)


# --- groups -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [GitHubOAuthenticator, GitLabOAuthenticator, ForgejoOAuthenticator])
@pytest.mark.parametrize("option", ["allowed_groups", "admin_groups"])
def test_groups_of_a_provider_that_sends_none(cls, option):
    with pytest.raises(ConfigurationError, match=rf"{option} is set, but .*auth_state_groups_key is empty"):
        made(cls, allowed_users={"bob"}, manage_groups=True, **{option: {"staff"}}).check_configuration()
    authenticator = made(cls, manage_groups=True, auth_state_groups_key="teams", **{option: {"staff"}})
    assert "groups-without-key" not in codes(authenticator, ERROR)


def test_roles_of_groups_that_are_not_known():
    options = {"manage_groups": True, "manage_roles": True, "group_roles": {"staff": ["instructor"]}}
    assert codes(made(GitHubOAuthenticator, **options), ERROR) == {"groups-without-key"}


def test_managed_groups_that_are_not_known():
    assert "managed-groups-without-key" in codes(made(GitHubOAuthenticator, manage_groups=True), WARNING)


class OwnGroups(GitHubOAuthenticator):
    async def get_user_groups(self, auth_state):
        return ["staff"]


def test_groups_of_an_override_are_known():
    authenticator = made(OwnGroups, manage_groups=True, allowed_groups={"staff"})
    assert "groups-without-key" not in codes(authenticator, ERROR)


@pytest.mark.parametrize("option", ["auth_state_groups_key", "claim_groups_key"])
def test_a_key_of_groups_that_are_not_managed(option):
    authenticator = made(GenericOAuthenticator, issuer="https://a.example", **{option: "groups"})
    assert "groups-key-not-used" in codes(authenticator, WARNING)
    authenticator = made(GenericOAuthenticator, issuer="https://a.example", manage_groups=True, **{option: "groups"})
    assert "groups-key-not-used" not in codes(authenticator, WARNING)


async def test_unix_groups_that_do_not_exist(hub_at_provider, provider, hubs):
    config = Config()
    config.JupyterHub.authenticator_class = LocalGenericOAuthenticator
    config.LocalGenericOAuthenticator.update(
        issuer=provider.issuer,
        client_id=provider.client.client_id,
        client_secret=provider.client.client_secret,
        allowed_groups={"no-such-group"},
    )
    with pytest.raises(ConfigurationError, match=r"allowed_groups .*no user can sign in: 'no-such-group'"):
        await hubs(config)
    config.LocalGenericOAuthenticator.allowed_groups = {"no-such-group", "root"}
    authenticator = LocalGenericOAuthenticator(config=config)
    assert {finding.code for finding in find(authenticator, "system")} == {"unix-group-missing"}
    config.LocalGenericOAuthenticator.update(allowed_groups={"no-such-group"}, admin_users={"ada"})
    hub = await hubs(config)
    assert "there is no Unix group 'no-such-group'" in hub.log.lines_with("[unix-group-missing]")[0]
