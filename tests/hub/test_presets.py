"""`preset`: the table, and a login at a provider in the shape of each row, through a real Hub."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

import pytest
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator, LocalGenericOAuthenticator, registry
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.findings.finding import find
from oauthenticator_suite.hub.options.declaration import Endpoints
from oauthenticator_suite.hub.options.template import placeholders
from oauthenticator_suite.multi import MultiAuthenticator
from oauthenticator_suite.policy.unknown import Unknown
from oauthenticator_suite.providers.generic.presets import CLASSES, PRESETS, hugging_face_orgs
from tests.fakes.preset_provider import GROUPS, FakePresetProvider
from tests.hub.visits import comes_in, kept, refused_with, signs_in, stays
from tests.support import Hub, HubState

NAMES = sorted(PRESETS)
WITH_GROUPS = [name for name, row in PRESETS.items() if row.groups or row.claims.groups or row.entitlement_namespaces]
VARIABLES = ("OIDC_ISSUER", "OAUTH2_AUTHORIZE_URL", "OAUTH2_TOKEN_URL", "OAUTH2_USERDATA_URL", "OAUTH2_USERNAME_KEY")

every = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "LOGIN_SERVICE", "OAUTH2_BASIC_AUTH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def provider(request: pytest.FixtureRequest) -> AsyncIterator[FakePresetProvider]:
    async with FakePresetProvider(request.param) as provider:
        yield provider


def at(*names: str) -> Callable[[Any], Any]:
    """Run the test at the provider of each of these presets."""
    return pytest.mark.parametrize("provider", names, indirect=True)


async def hub_at(
    provider: FakePresetProvider, hubs: Any, cls: type[GenericOAuthenticator] = GenericOAuthenticator, **traits: Any
) -> Hub:
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = Config()
    config.JupyterHub.authenticator_class = cls
    config[cls.__name__].update({**provider.options(), **traits})
    return await hubs(config, state)


def configured(name: str, cls: type[GenericOAuthenticator] = GenericOAuthenticator, **traits: Any) -> Any:
    """An authenticator with the preset and what it needs."""
    row = PRESETS[name]
    needed = {row.needs: row.example} if row.needs else {}
    return cls(config=Config({cls.__name__: {"client_id": "hub", "preset": name, **needed, **traits}}))


def findings(authenticator: Any, code: str) -> list[str]:
    return [str(finding) for finding in find(authenticator, "start") if finding.code == code]


# --- the table -------------------------------------------------------------------------------------------------------


@every
def test_the_shape_of_a_row(name: str) -> None:
    row = PRESETS[name]
    assert name == name.lower()
    assert name.replace("-", "").isalnum()
    assert row.service
    source = urlsplit(row.source)
    assert source.scheme == "https"
    assert source.hostname
    assert (row.needs, bool(row.example)) in {("", False), ("issuer", True), ("preset_url", True)}
    assert row.client_auth_method in {"", "client_secret_basic", "client_secret_post"}
    assert not (row.groups and row.claims.groups), "a function or a claim"
    for each in (*row.required, *row.advised):
        assert each.option in GenericOAuthenticator.class_traits(config=True)
        assert not each.fix.endswith(".")


@every
def test_the_urls_of_a_row(name: str) -> None:
    """All are https, and only those of a server of the operator's own have a placeholder."""
    row = PRESETS[name]
    for each in fields(Endpoints):
        url = getattr(row.endpoints, each.name)
        own = placeholders(url)
        assert own in ([], ["preset_url"])
        assert bool(own) <= (row.needs == "preset_url")
        assert not url or url.startswith(("https://", "{preset_url}"))
    is_openid = "openid" in (row.scope or ())
    others = (row.endpoints.authorize, row.endpoints.token, row.endpoints.userdata)
    assert bool(row.endpoints.issuer or row.needs == "issuer") is is_openid
    assert all(others) is not is_openid


@every
def test_a_row_is_enough(name: str) -> None:
    """With the option that it needs, every check passes, and there is nothing to warn of but access."""
    authenticator = configured(name, allowed_users={"alice"}, enable_auth_state=True)
    problems = [finding for finding in find(authenticator, "start") if finding.severity == "error"]
    assert [str(problem) for problem in problems] == []
    assert authenticator.login_service == PRESETS[name].service
    (line,) = findings(authenticator, "preset")
    assert f"preset is {name!r}. In effect: " in line
    assert f"username_claim = {authenticator.username_claim!r}" in line


def test_no_preset_has_the_name_of_a_class() -> None:
    classes = {entry.name for entry in (*registry.PROVIDERS, *registry.OTHERS)}
    assert not classes & PRESETS.keys()
    assert not CLASSES.keys() & (PRESETS.keys() | classes)
    assert set(CLASSES.values()) <= classes


# --- logins ----------------------------------------------------------------------------------------------------------


@at(*NAMES)
async def test_a_login(provider: FakePresetProvider, hubs: Any) -> None:
    """With the options that the row asks for and no others."""
    hub = await hub_at(provider, hubs, allow_all=True, enable_auth_state=True)
    browser = await signs_in(hub, "alice")
    name = "alice"
    assert hub.accounts() == {name: False}
    assert provider.scopes_asked == list(provider.row.scope or ())
    auth_state = await kept(hub, name)
    user = provider.users["alice"]
    subject = auth_state["suite"]["subject"]
    key = provider.row.claims.subject
    value: Any = user
    for part in key.split("."):
        value = value[part]
    assert subject == str(value)
    page = await hub.browser().open("/hub/login")
    assert f"Sign in with {provider.row.service}" in page.text
    assert await stays(hub, browser, name)
    assert provider.refusals == []


@at(*WITH_GROUPS)
async def test_groups(provider: FakePresetProvider, hubs: Any) -> None:
    hub = await hub_at(provider, hubs, manage_groups=True, allowed_groups={"staff"}, admin_groups={"lab"})
    assert {user for user in GROUPS if await comes_in(hub, user)} == {"alice"}
    ((name, admin),) = hub.accounts().items()
    assert admin
    assert {group.name for group in hub.app.users[name].groups} == {"staff", "lab"}


@at("authentik", "nextcloud", "discord")
@pytest.mark.parametrize("cls", [GenericOAuthenticator, LocalGenericOAuthenticator])
async def test_subclasses(provider: FakePresetProvider, hubs: Any, cls: type[GenericOAuthenticator]) -> None:
    """A class of the operator's own, and the one for Unix users."""

    class Own(cls):  # type: ignore[misc, valid-type]
        login_service = "Our own login"

        async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
            return {**await super().update_auth_model(auth_model), "admin": True}

    hub = await hub_at(provider, hubs, Own, allow_all=True, username_map={"alice": "nobody"})
    await signs_in(hub, "alice")
    assert hub.accounts() == {"nobody": True}


async def test_two_presets_on_one_hub(hubs: Any) -> None:
    async with FakePresetProvider("authelia") as one, FakePresetProvider("canvas") as two:
        config = Config()
        config.JupyterHub.authenticator_class = MultiAuthenticator
        config.MultiAuthenticator.authenticators = [
            {
                "authenticator_class": GenericOAuthenticator,
                "provider": provider.name,
                "config": {**provider.options(), "allow_all": True},
            }
            for provider in (one, two)
        ]
        state = HubState()
        for provider in (one, two):
            provider.client.redirect_uris.add(f"{state.url}/hub/auth/{provider.name}/authorize")
        hub = await hubs(config, state)
        page = await hub.browser().open("/hub/login")
        assert "Sign in with Authelia" in page.text
        assert "Sign in with Canvas" in page.text
        for provider, user in ((one, "alice"), (two, "bob")):
            browser = hub.browser()
            page = await browser.login(user, at=provider.name)
            assert browser.logged_in, page.text[:500]
            assert provider.scopes_asked == list(provider.row.scope or ())


# --- the operator's options take precedence --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("scope", ["openid"]),
        ("username_claim", "email"),
        ("auth_state_groups_key", "oauth_user.roles"),
        ("client_auth_method", "client_secret_post"),
        ("login_service", "Our login"),
        ("authorize_url", "https://other.example/authorize"),
        ("token_url", "https://other.example/token"),
        ("userdata_url", "https://other.example/me"),
    ],
)
@every
def test_an_option_takes_precedence(name: str, option: str, value: Any) -> None:
    assert getattr(configured(name, **{option: value}), option) == value
    assert getattr(configured(name, LocalGenericOAuthenticator, **{option: value}), option) == value


@every
def test_an_environment_variable_takes_precedence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("issuer", "authorize_url", "token_url", "userdata_url")
    for variable in VARIABLES[:-1]:
        monkeypatch.setenv(variable, "https://other.example/url")
    monkeypatch.setenv("OAUTH2_USERNAME_KEY", "upn")
    monkeypatch.setenv("LOGIN_SERVICE", "Our login")
    authenticator = GenericOAuthenticator(preset=name)
    assert {getattr(authenticator, option) for option in options} == {"https://other.example/url"}
    assert (authenticator.username_claim, authenticator.login_service) == ("upn", "Our login")


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTH2_TOKEN_URL", "")
    assert GenericOAuthenticator(preset="discord").token_url == "https://discord.com/api/oauth2/token"


@pytest.mark.parametrize("basic", [True, False])
def test_basic_auth_takes_precedence(basic: bool) -> None:
    assert configured("kanidm").client_auth_method == "client_secret_basic"
    assert configured("kanidm", basic_auth=basic).client_auth_method == ""


def test_basic_auth_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTH2_BASIC_AUTH", "1")
    assert configured("kanidm").client_auth_method == ""


def test_attributes_of_a_subclass_take_precedence() -> None:
    class Own(GenericOAuthenticator):
        service = "Our login"
        default_scope = ("openid", "roles")

    authenticator = configured("kanidm", Own)
    assert (authenticator.login_service, authenticator.scope) == ("Our login", ["openid", "roles"])
    assert authenticator.username_claim == "preferred_username"


def test_the_format_of_groups_is_that_of_the_presets_claim() -> None:
    """Another claim has another format."""
    assert configured("zitadel").groups_format == "keys"
    assert configured("zitadel", auth_state_groups_key="oauth_user.teams").groups_format == "names"
    assert (configured("lemonldap").groups_format, configured("lemonldap").groups_separator) == ("separated", ";")
    assert configured("lemonldap", groups_separator=",").groups_separator == ","
    assert configured("lemonldap", auth_state_groups_key="oauth_user.roles").groups_separator == ","
    assert configured("zitadel", groups_format="names").groups_format == "names"


def test_entitlements() -> None:
    """The operator may name other namespaces."""
    managed = configured("egi-check-in", manage_groups=True)
    assert managed.entitlement_namespaces == {"urn:mace:egi.eu"}
    assert managed.auth_state_groups_key == ""
    assert "entitlement_namespaces = {'urn:mace:egi.eu'}" in findings(managed, "preset")[0]
    other = {"urn:geant:x.example"}
    assert configured("egi-check-in", manage_groups=True, entitlement_namespaces=other).entitlement_namespaces == other
    assert configured("egi-check-in").entitlement_namespaces == set()


def test_without_a_preset_nothing_changes() -> None:
    authenticator = GenericOAuthenticator(issuer="https://login.example")
    assert authenticator.scope == ["openid", "profile", "email"]
    assert authenticator.auth_state_groups_key == "oauth_user.groups"
    assert (authenticator.login_service, authenticator.icon) == ("OpenID Connect", "solid/right-to-bracket")
    assert (authenticator.groups_format, authenticator.entitlement_namespaces) == ("names", set())
    assert findings(authenticator, "preset") == []


@pytest.mark.parametrize("url", ["https://canvas.example.edu/", "https://canvas.example.edu"])
def test_the_url_of_a_server(url: str) -> None:
    authenticator = configured("canvas", preset_url=url)
    assert authenticator.authorize_url == "https://canvas.example.edu/login/oauth2/auth"
    assert authenticator.account_issuer == "https://canvas.example.edu"


# --- start-up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("authentic", "Did you mean 'authentik'? The presets are authelia, authentik, "),
        ("Authentik", "Did you mean 'authentik'? "),
        ("hugging_face", "Did you mean 'hugging-face'? "),
        ("nonsense-xyz", "The presets are authelia, "),
        ("keycloak", 'Set c.JupyterHub.authenticator_class = "suite-keycloak", the class for this provider'),
        ("Codeberg", 'Set c.JupyterHub.authenticator_class = "suite-forgejo"'),
        ("microsoft", 'Set c.JupyterHub.authenticator_class = "suite-entra"'),
    ],
)
async def test_an_unknown_name_stops_the_start_up(hubs: Any, written: str, words: str) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = GenericOAuthenticator
    config.GenericOAuthenticator.update(preset=written, client_id="hub", client_secret="s", allow_all=True)
    with pytest.raises(ConfigurationError) as error:
        await hubs(config, HubState())
    assert f"c.GenericOAuthenticator.preset is {written!r}, which is not the name of a preset. {words}" in str(
        error.value
    )
    assert "authorize_url" not in str(error.value), "what follows from it is not listed too"


@pytest.mark.parametrize("name", [name for name in NAMES if PRESETS[name].needs])
async def test_what_a_preset_needs_is_named(hubs: Any, name: str) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = GenericOAuthenticator
    config.GenericOAuthenticator.update(preset=name, client_id="hub", client_secret="s", allow_all=True)
    with pytest.raises(ConfigurationError) as error:
        await hubs(config, HubState())
    row = PRESETS[name]
    assert (
        f"c.GenericOAuthenticator.{row.needs} is not set, and the preset {name!r} needs it. Set it to your own, such as "
        f"{row.example} [endpoints]" in str(error.value)
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("authentik", "the preset 'authentik' needs issuer"),
        ("discord", "no preset that needs it is set"),
        ("", "no preset that needs it is set"),
    ],
)
def test_a_url_without_effect_stops_the_start_up(name: str, words: str) -> None:
    options = {"preset": name, "preset_url": "https://auth.example.org", "issuer": "https://auth.example.org"}
    authenticator = GenericOAuthenticator(config=Config({"GenericOAuthenticator": options}))
    (finding,) = findings(authenticator, "option-without-effect")
    assert words in finding


@pytest.mark.parametrize(
    ("name", "options", "code", "words"),
    [
        ("kanidm", {"enable_pkce": False}, "preset-setting", "enable_pkce is off, and Kanidm refuses"),
        ("kanidm", {"id_token_signed_response_alg": {"RS256"}}, "preset-setting", "does not contain ES256"),
        ("canvas", {"scope": ["/auth/userinfo"]}, "preset-setting", "Canvas sends no access token"),
        ("discord", {"scope": ["email"]}, "preset-setting", "does not contain 'identify'"),
        ("authelia", {"userdata_from_id_token": True}, "preset-advice", "only to the userinfo endpoint"),
        ("slack", {"extra_authorize_params": {"team": "T1"}}, "preset-advice", "users of every workspace"),
        ("helmholtz-id", {}, "preset-renamed-users", "which Helmholtz ID can give to another user later"),
    ],
)
def test_a_trap(name: str, options: dict[str, Any], code: str, words: str) -> None:
    (finding,) = findings(configured(name, **options), code)
    assert words in finding


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("slack", {"required_claims": {"https://slack.com/team_id": "T1"}}),
        ("helmholtz-id", {"username_claim": "sub"}),
        ("helmholtz-id", {"enable_auth_state": True}),
        ("kanidm", {"id_token_signed_response_alg": {"ES256"}}),
    ],
)
def test_a_trap_that_is_avoided(name: str, options: dict[str, Any]) -> None:
    authenticator = configured(name, **options)
    for code in ("preset-setting", "preset-advice", "preset-renamed-users"):
        assert findings(authenticator, code) == []


@pytest.mark.parametrize("name", ["discord", "eduteams", "egi-check-in", "helmholtz-id", "hugging-face", "ls-login"])
def test_a_hub_that_is_open_to_everyone(name: str) -> None:
    (finding,) = findings(configured(name, allow_all=True), "open-to-everyone")
    assert PRESETS[name].service in finding


def test_every_row_with_an_expectation_is_shown_here() -> None:
    with_expectation = {name for name, row in PRESETS.items() if row.required or row.advised}
    shown = {"kanidm", "canvas", "discord", "authelia", "slack"}
    assert with_expectation == shown


# --- what is particular to a provider --------------------------------------------------------------------------------


@at("authentik")
async def test_authentik_without_a_signing_key(provider: FakePresetProvider, hubs: Any) -> None:
    provider.faults.on("F43-secret")
    hub = await hub_at(provider, hubs, allow_all=True)
    _, line = await refused_with(hub, "alice", 502)
    assert "choose a Signing Key" in line


@at("slack")
async def test_slack_reports_errors_with_status_200(provider: FakePresetProvider, hubs: Any) -> None:
    hub = await hub_at(provider, hubs, allow_all=True)
    provider.errors_with_200 = True
    _, line = await refused_with(hub, "alice", 502)
    assert "Slack reports errors with status 200" in line
    assert hub.accounts() == {}


@at("slack")
async def test_slack_members_of_another_workspace(provider: FakePresetProvider, hubs: Any) -> None:
    team = "https://slack.com/team_id"
    provider.users["alice"][team], provider.users["bob"][team] = "T0123456", "T9999999"
    hub = await hub_at(provider, hubs, allow_all=True, required_claims={team: "T0123456"})
    assert {user for user in GROUPS if await comes_in(hub, user)} == {"alice"}


@at("kanidm")
async def test_a_scope_that_no_scope_map_has(provider: FakePresetProvider, hubs: Any) -> None:
    provider.deny = "access_denied"
    hub = await hub_at(provider, hubs, allow_all=True)
    _, line = await refused_with(hub, "alice")
    assert "kanidm system oauth2 update-scope-map" in line


@at("canvas")
async def test_a_canvas_key_that_may_not_see_login_ids(provider: FakePresetProvider, hubs: Any) -> None:
    del provider.users["alice"]["login_id"]
    hub = await hub_at(provider, hubs, allow_all=True)
    _, line = await refused_with(hub, "alice")
    assert "only if the account that made the developer key may see it" in line


@at("authelia")
async def test_another_error_has_no_hint(provider: FakePresetProvider, hubs: Any) -> None:
    provider.deny = "access_denied"
    hub = await hub_at(provider, hubs, allow_all=True)
    _, line = await refused_with(hub, "alice")
    assert "scope map" not in line


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, []),
        ({"orgs": None}, []),
        ({"orgs": [{"preferred_username": "lab"}, {"preferred_username": 7}, "lab2", {}]}, ["lab"]),
        ({"orgs": [{"preferred_username": "lab", "pendingSSO": False, "missingMFA": False}]}, ["lab"]),
        ({"orgs": [{"preferred_username": "lab", "securityRestrictions": []}]}, ["lab"]),
        ({"orgs": [{"preferred_username": "lab", "securityRestrictions": ["ip"]}]}, []),
    ],
)
def test_organizations_at_hugging_face(claims: dict[str, Any], expected: list[str]) -> None:
    assert hugging_face_orgs(claims) == expected


@pytest.mark.parametrize("value", ["lab", 7, {"a": 1}])
def test_organizations_in_another_form_are_unknown(value: Any) -> None:
    with pytest.raises(Unknown):
        hugging_face_orgs({"orgs": value})


@at("zitadel", "hugging-face")
async def test_unknown_groups_stay(provider: FakePresetProvider, hubs: Any) -> None:
    """Unknown is neither yes nor no."""
    traits = {"allow_all": True, "manage_groups": True, "enable_auth_state": True, "user_data_max_age": 0}
    hub = await hub_at(provider, hubs, **traits)
    browser = await signs_in(hub, "alice")
    key = "orgs" if provider.name == "hugging-face" else "urn:zitadel:iam:org:project:roles"
    provider.users["alice"][key] = "unreadable"
    assert await stays(hub, browser, "alice")
    assert {group.name for group in hub.app.users["alice"].groups} == {"staff", "lab"}
