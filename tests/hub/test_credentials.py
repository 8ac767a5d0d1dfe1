"""How a client ID, a secret and scopes are written: what is put right with a warning, and what stops the start-up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator, GitHubOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.credential_files import path_in_message
from oauthenticator_suite.hub.findings.finding import find
from oauthenticator_suite.hub.oauth.credential_checks import from_environment
from oauthenticator_suite.hub.options.client_types import stripped, unreplaced_variable
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.support import HubState, reference_on

pytestmark = pytest.mark.hub_versions

GOOD = {"issuer": "https://login.example", "client_id": "hub", "client_secret": "s", "allow_all": True}
VARIABLES = (
    "OAUTH_CLIENT_ID",
    "OAUTH_CLIENT_SECRET",
    "OIDC_ISSUER",
    "LOGIN_SERVICE",
    "GITHUB_CLIENT_ID",
    "GITHUB_HOST",
)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def make(cls: Any = GenericOAuthenticator, **traits: Any) -> Any:
    config = Config()
    config[cls.__name__].update(traits)
    return cls(config=config)


def found(code: str, cls: Any = GenericOAuthenticator, **traits: Any) -> list[str]:
    """The findings of one check, as the log has them."""
    return [str(finding) for finding in find(make(cls, **traits), "start") if finding.code == code]


# --- white space and quotation marks ----------------------------------------------------------------------------------


async def test_white_space_is_stripped_and_said(provider: FakeProvider, hub_at_provider: Any) -> None:
    secret = provider.client.client_secret
    hub = await hub_at_provider(client_id=f" {provider.client.client_id}\n", client_secret=f"\u200b{secret}\r\n")
    page = await hub.browser().login()
    assert page.status == 200, page.text
    assert hub.log.lines_with("c.GenericOAuthenticator.client_id has white space or invisible characters around it")
    assert hub.log.lines_with("c.GenericOAuthenticator.client_secret has white space or invisible characters around it")
    assert secret not in hub.log.text


def test_the_variable_of_the_issuer_gives_no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The defaults of the endpoints look at the issuer, whose variable is set, and are empty."""
    monkeypatch.setenv("OIDC_ISSUER", GOOD["issuer"])
    assert found("from-environment", **GOOD) == []
    without = {name: value for name, value in GOOD.items() if name != "issuer"}
    (line,) = found("from-environment", **without)
    assert "issuer comes from the environment variable OIDC_ISSUER" in line


def test_white_space_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTH_CLIENT_SECRET", "secret-word\n")
    traits = {**GOOD}
    del traits["client_secret"]
    (line,) = found("credential-white-space", **traits)
    assert "client_secret" in line
    assert "secret-word" not in line
    assert make(**traits).client_secret == "secret-word"
    assert found("credential-white-space", **GOOD) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [("a", "a"), (" a b ", "a b"), ("\ufeffa\r\n", "a"), ("\u00a0\u2060a\u200d", "a"), (" \n", ""), ("", "")],
)
def test_stripped(text: str, left: str) -> None:
    assert stripped(text) == left


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotation_marks(quote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = found("credential-quotes", **{**GOOD, "client_secret": f"{quote}secret-word{quote}"})
    assert "c.GenericOAuthenticator.client_secret begins and ends with a quotation mark" in line
    assert "secret-word" not in line
    assert found("credential-quotes", **{**GOOD, "client_secret": f"secret{quote}word{quote}"}) == []
    monkeypatch.setenv("OAUTH_CLIENT_ID", f"{quote}hub{quote}")
    assert "client_id" in found("credential-quotes", client_secret="s")[0]


# --- variables that were not replaced ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["$(CLIENT_SECRET)", "${CLIENT_SECRET}", "${CLIENT_SECRET:-x}", "{{ .Values.secret }}", "<%= secret %>"]
)
@pytest.mark.parametrize("option", ["client_id", "client_secret"])
def test_variables_that_were_not_replaced(option: str, text: str) -> None:
    assert unreplaced_variable(f"a{text}b") == text
    (line,) = found("variable-not-replaced", **{**GOOD, option: text})
    assert f"c.GenericOAuthenticator.{option} holds {text!a}" in line


@pytest.mark.parametrize("text", ["", "a$b", "$5(6)", "${", "$()", "{}", "a}}b{{c", "$argon2id$v=19$m=65536", "(NAME)"])
def test_what_is_no_variable(text: str) -> None:
    assert unreplaced_variable(text) == ""


def test_a_variable_in_a_url_and_in_a_file(tmp_path: Path) -> None:
    (line,) = found("variable-not-replaced", **{**GOOD, "oauth_callback_url": "https://${HUB_HOST}/hub/oauth_callback"})
    assert "oauth_callback_url holds '${HUB_HOST}'" in line
    (tmp_path / "secret").write_text("$(SECRET)\n")
    traits = {**GOOD, "client_secret": "", "client_secret_file": str(tmp_path / "secret")}
    (line,) = found("variable-not-replaced", **traits)
    assert "client_secret_file leads to a file with '$(SECRET)'" in line


async def test_a_variable_stops_the_hub(hub_at_provider: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=r"client_secret holds '\$\(SECRET\)', a variable that was not replaced"
    ):
        await hub_at_provider(client_secret="$(SECRET)")


@pytest.mark.parametrize("options", [{"passwords": {"ada": "${ADA}"}}, {"users": ["ada:$(ADA)"]}])
def test_a_password_of_the_dictionary(options: dict[str, Any]) -> None:
    """Who knows the template could sign in."""
    with pytest.raises(ConfigurationError, match=r"the password of 'ada' is .* a variable that was not replaced"):
        make(DictionaryAuthenticator, allow_all=True, **options).check_configuration()


# --- the secret's file ------------------------------------------------------------------------------------------------


def test_a_file_with_the_mark_of_an_editor(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes("\ufeffthe-secret\r\n\r\n".encode())
    traits = {**GOOD, "client_secret": "", "client_secret_file": str(tmp_path / "secret")}
    assert make(**traits).current_client_secret() == "the-secret"
    assert found("credential-white-space", **traits) == []  # a line break at the end is how files end


def test_a_file_that_holds_more_than_the_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("client_id: hub\nclient_secret: secret-word\n")
    traits = {**GOOD, "client_secret": "", "client_secret_file": str(tmp_path / "secret")}
    (line,) = found("client-secret", **traits)
    path = str(tmp_path / "secret")
    assert f"client_secret_file, {path!r}, has several lines" in line
    assert "secret-word" not in line


@pytest.mark.parametrize("path", ["/nonexistent/secrets/hub", "/etc/no-such-file-A1b2C3d4E5f6G7h8I9", "tests/nothing"])
def test_a_file_that_cannot_be_read_is_named(path: str) -> None:
    (line,) = found("client-secret", **{**GOOD, "client_secret": "", "client_secret_file": path})
    assert f"client_secret_file, {path!r}, cannot be read (No such file or directory)" in line


@pytest.mark.parametrize(
    "secret",
    [
        "GOCSPX-0123456789abcdef",
        "/A1b2C3d4E5f6G7h8I9/x+0",
        "/Ab3+xY/q9Zt/LmNo7Pq",
        "aB/cD/1234567890abcdef",
        "x" * 300 + "/Ab3+xY",  # longer than the name of a folder can be
        "/" + "x" * 300 + "/Ab3+xY",
        "x" * 501,
        "a\0b",
        "/",
        "",
    ],
)
def test_a_secret_in_place_of_its_path_is_not_shown(secret: str) -> None:
    assert path_in_message(secret) == ""
    if secret:
        (line,) = found("client-secret", **{**GOOD, "client_secret": "", "client_secret_file": secret})
        assert "GenericOAuthenticator.client_secret_file cannot be read" in line
        assert len(secret) < 2 or secret not in line


# --- no secret --------------------------------------------------------------------------------------------------------


async def test_no_secret_is_said_at_start_up_and_when_the_provider_refuses(
    provider: FakeProvider, hub_at_provider: Any
) -> None:
    hub = await hub_at_provider(client_secret="", client_auth_method="")
    (line,) = hub.log.lines_with("[public-client]")
    assert "client_secret is not set (nor is the environment variable OAUTH_CLIENT_SECRET)" in line
    page = await hub.browser().login()
    assert page.status == 502
    (line,) = hub.log.lines_with(f"[{reference_on(page, hub)}]")
    assert "invalid_client" in line
    assert line.endswith(
        "The Hub sent no client secret, as a public client: set client_secret if the provider has assigned one"
    )


async def test_a_wrong_secret_is_not_taken_for_none(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(client_secret="wrong")
    assert (await hub.browser().login()).status == 502
    assert hub.log.lines_with("invalid_client")
    assert not hub.log.lines_with("sent no client secret")
    assert not hub.log.lines_with("[public-client]")


def test_a_public_client_on_purpose() -> None:
    public = {**GOOD, "client_secret": "", "client_auth_method": "none"}
    assert found("public-client", **public) == []
    assert found("secret-not-sent", **public) == []
    (line,) = found("secret-not-sent", **{**public, "client_secret": "s"})
    assert "client_secret is set, and client_auth_method = 'none' never sends it" in line


# --- the environment --------------------------------------------------------------------------------------------------


async def test_what_comes_from_the_environment_is_said(
    provider: FakeProvider, hubs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTH_CLIENT_ID", provider.client.client_id)
    monkeypatch.setenv("OAUTH_CLIENT_SECRET", provider.client.client_secret)
    monkeypatch.setenv("LOGIN_SERVICE", "Not used")
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, login_service="Example")
    del config.GenericOAuthenticator["client_id"], config.GenericOAuthenticator["client_secret"]
    hub = await hubs(config, state)
    assert (await hub.browser().login()).status == 200
    said = [line.partition("c.GenericOAuthenticator.")[2] for line in hub.log.lines_with("[from-environment]")]
    assert [line.partition(". ")[0] for line in said] == [
        "client_id comes from the environment variable OAUTH_CLIENT_ID",
        "client_secret comes from the environment variable OAUTH_CLIENT_SECRET",
    ]
    assert provider.client.client_secret not in hub.log.text


def test_the_variable_that_has_taken_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTH_CLIENT_ID", "general")
    assert from_environment(make(GitHubOAuthenticator)) == {"client_id": ("OAUTH_CLIENT_ID", "general")}
    monkeypatch.setenv("GITHUB_CLIENT_ID", "own")
    monkeypatch.setenv("GITHUB_HOST", "github.example")
    assert from_environment(make(GitHubOAuthenticator)) == {
        "client_id": ("GITHUB_CLIENT_ID", "own"),
        "github_url": ("GITHUB_HOST", "https://github.example"),
    }
    assert from_environment(make(GitHubOAuthenticator, client_id="x", github_url="https://x.example")) == {}


# --- scopes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "scopes"),
    [
        ("openid profile", ["openid", "profile"]),
        ("openid,profile, email", ["openid", "profile", "email"]),
        (" openid\n", ["openid"]),
        ("", []),
        (["openid profile email"], ["openid", "profile", "email"]),
        (["openid", "profile,email", "openid"], ["openid", "profile", "email"]),
        (("openid", "profile"), ["openid", "profile"]),
        (["urn:globus:auth:scope:transfer:all[*https://a.example/x y]", "openid"],) * 2,
    ],
    ids=str,
)
@pytest.mark.parametrize("option", ["scope", "allowed_scopes"])
def test_scopes(option: str, given: Any, scopes: list[str]) -> None:
    assert getattr(make(**{**GOOD, option: given}), option) == scopes


def test_appended_scopes() -> None:
    config = Config()
    config.GitHubOAuthenticator.scope.append("user:email read:org")
    assert GitHubOAuthenticator(config=config).scope[-2:] == ["user:email", "read:org"]


def test_scopes_from_the_command_line() -> None:
    from traitlets.config.loader import DeferredConfigList

    config = Config()
    config.GenericOAuthenticator.scope = DeferredConfigList(["openid profile"])
    assert GenericOAuthenticator(config=config).scope == ["openid", "profile"]


async def test_a_string_of_scopes_is_requested(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(scope="openid profile,email openid")
    browser = hub.browser()
    assert (await browser.login()).status == 200
    (call,) = provider.requests_to("authorize")
    assert "scope=openid%20profile%20email" in call.query.replace("+", "%20")
