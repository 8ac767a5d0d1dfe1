"""Mistakes in a configuration stop the start-up with a sentence that names the option and the fix; dangers give a warning."""

import logging

import pytest
from traitlets import TraitError
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator, OAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.options import AccessOptions, OAuthOptions

pytestmark = pytest.mark.hub_versions

GOOD = {"issuer": "https://login.example", "client_id": "hub", "client_secret": "s", "allow_all": True}
CLASSIC = {
    "client_id": "hub",
    "authorize_url": "https://login.example/authorize",
    "token_url": "https://login.example/token",
    "userdata_url": "https://login.example/me",
}


def make(**traits):
    config = Config()
    config.GenericOAuthenticator.update(traits)
    return GenericOAuthenticator(config=config)


def checked(**traits):
    authenticator = make(**traits)
    authenticator.check_configuration()
    return authenticator


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for name in ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OIDC_ISSUER", "OAUTH2_USERNAME_KEY", "LOGIN_SERVICE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("traits", [GOOD, CLASSIC, {**CLASSIC, "userdata_url": "", "userdata_from_id_token": True}])
def test_what_is_enough(traits):
    checked(**traits)


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({**GOOD, "client_id": ""}, ["client_id", "OAUTH_CLIENT_ID"]),
        ({"client_id": "hub"}, ["issuer", "authorize_url"]),
        ({**CLASSIC, "token_url": ""}, ["token_url"]),
        ({**CLASSIC, "userdata_url": ""}, ["userdata_url", "userdata_from_id_token"]),
        ({**CLASSIC, "userdata_from_id_token": True}, ["userdata_from_id_token", "not both"]),
        ({**GOOD, "issuer": "http://login.example"}, ["issuer", "allow_insecure_http"]),
        ({**GOOD, "trusted_provider_hosts": {"*.example.org"}}, ["trusted_provider_hosts", "not a host"]),
        ({**GOOD, "trusted_provider_hosts": {".example.org"}}, ["trusted_provider_hosts", "not a host"]),
        ({**GOOD, "trusted_provider_hosts": {"https://keys.example.org"}}, ["trusted_provider_hosts", "not a host"]),
        ({**CLASSIC, "token_url": "http://login.example/token"}, ["token_url", "allow_insecure_http"]),
        ({**GOOD, "allowed_groups": {"staff"}}, ["allowed_groups", "manage_groups = True"]),
        ({**GOOD, "admin_groups": {"staff"}}, ["admin_groups", "manage_groups = True"]),
        ({**GOOD, "allowed_scopes": ["groups"]}, ["allowed_scopes", "scope"]),
        ({**GOOD, "extra_authorize_params": {"state": "x", "prompt": "login"}}, ["extra_authorize_params", "state"]),
        ({**GOOD, "client_secret_file": "/nonexistent/secret"}, ["client_secret", "client_secret_file"]),
        (
            {**GOOD, "client_secret": "", "client_secret_file": "/nonexistent/secret"},
            ["client_secret_file", "No such file or directory", "Correct the path"],
        ),
        ({**GOOD, "id_token_signed_response_alg": {"none"}}, ["id_token_signed_response_alg", "RS256"]),
        ({**GOOD, "id_token_signed_response_alg": set()}, ["id_token_signed_response_alg"]),
        ({**GOOD, "userdata_token_method": "cookie"}, ["userdata_token_method", "'header'"]),
        ({**GOOD, "http_request_kwargs": {"proxy_hots": "x"}}, ["http_request_kwargs", "proxy_hots", "proxy_host"]),
        ({**GOOD, "http_request_kwargs": {"ca_certs": "/nonexistent.pem"}}, ["ca_certs", "/nonexistent.pem"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_mistakes_name_the_option_and_the_mend(traits, words):
    with pytest.raises(ConfigurationError) as caught:
        checked(**traits)
    for word in words:
        assert word in caught.value.detail


@pytest.mark.parametrize(
    "url", ["login.example", "https://", "ftp://login.example", "https://login.example/a b", "https://x:port/"]
)
def test_urls_are_urls(url):
    with pytest.raises(TraitError, match="authorize_url"):
        make(authorize_url=url)


async def test_a_mistake_stops_the_hub(hub_at_provider):
    with pytest.raises(ConfigurationError, match="manage_groups"):
        await hub_at_provider(allowed_groups={"staff"})


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"validate_server_cert": False}, "NOT verified"),
        ({"allow_insecure_http": True}, "allow_insecure_http"),
        ({"allow_private_provider_addresses": True}, "requests into your private network"),
        ({"enable_pkce": False}, "enable_pkce"),
        ({"userdata_token_method": "url"}, "logs of proxies"),
        ({"oauth_callback_url": "http://hub.example/hub/oauth_callback"}, "oauth_callback_url"),
        ({**CLASSIC, "issuer": "", "scope": ["openid"]}, "signatures of ID tokens are not verified"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_dangers_are_warned_of(traits, words, caplog):
    # traitlets' own logger does not hand its records on
    logger = logging.getLogger("traitlets")
    logger.addHandler(caplog.handler)
    try:
        checked(**{**GOOD, **traits})
    finally:
        logger.removeHandler(caplog.handler)
    assert words in caplog.text


def test_environment_defaults_are_read_when_an_authenticator_is_made(monkeypatch):
    assert make(**CLASSIC).login_service == "OAuth 2.0"
    assert make(**GOOD).login_service == "OpenID Connect"
    values = {
        "OAUTH_CLIENT_ID": ("client_id", "from-env"),
        "OAUTH_CLIENT_SECRET": ("client_secret", "from-env"),
        "OAUTH_CALLBACK_URL": ("oauth_callback_url", "https://hub.example/hub/oauth_callback"),
        "OAUTH2_AUTHORIZE_URL": ("authorize_url", "https://login.example/a"),
        "OAUTH2_TOKEN_URL": ("token_url", "https://login.example/t"),
        "OAUTH2_USERDATA_URL": ("userdata_url", "https://login.example/u"),
        "OAUTH2_USERNAME_KEY": ("username_claim", "email"),
        "OAUTH2_USERDATA_REQUEST_TYPE": ("userdata_token_method", "url"),
        "OAUTH_LOGOUT_REDIRECT_URL": ("logout_redirect_url", "https://login.example/bye"),
        "LOGIN_SERVICE": ("login_service", "Example"),
        "OIDC_ISSUER": ("issuer", "https://login.example"),
    }
    for name, (_, value) in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OAUTH_TLS_VERIFY", "0")
    monkeypatch.setenv("OAUTH2_BASIC_AUTH", "1")
    authenticator = GenericOAuthenticator()
    assert {option: getattr(authenticator, option) for option, _ in values.values()} == dict(values.values())
    assert authenticator.validate_server_cert is False
    assert authenticator.basic_auth is True
    for name in values:
        monkeypatch.delenv(name)
    assert GenericOAuthenticator().client_id == ""


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("client_secret", ["hunter-22"]),
        ("client_secret", {"hub": "hunter-22"}),
        ("client_secret", b"hunter-22\xff"),
        ("client_secret", 2222222),
        ("token_url", "htps://hub:hunter-22@login.example/token"),
        ("token_url", ["https://hub:hunter-22@login.example/token"]),
        ("status_url", "http://login.example/?key=hunter-22"),
        ("support_contact", "ldap://hub:hunter-22@login.example/a b"),
        ("logo_url", "hub:hunter-22@login.example/logo.svg"),
    ],
)
def test_the_error_about_a_value_does_not_repeat_a_secret(option, value):
    """Neither in a section of the configuration, nor as an argument of a child of `MultiAuthenticator`."""
    for arguments in ({"config": Config(GenericOAuthenticator={option: value})}, {option: value}):
        with pytest.raises(TraitError, match=option) as caught:
            GenericOAuthenticator(**arguments)
        assert "hunter-22" not in str(caught.value)
        assert "2222222" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_the_environment_may_not_be_gibberish(monkeypatch):
    monkeypatch.setenv("OAUTH_TLS_VERIFY", "maybe")
    with pytest.raises(TraitError, match="OAUTH_TLS_VERIFY"):
        _ = GenericOAuthenticator().validate_server_cert


def test_a_providers_own_variable_comes_first(monkeypatch):
    class Example(OAuthenticator):
        service = "Example"
        client_id_env = "EXAMPLE_CLIENT_ID"

    monkeypatch.setenv("OAUTH_CLIENT_ID", "general")
    assert Example().client_id == "general"
    monkeypatch.setenv("EXAMPLE_CLIENT_ID", "own")
    assert Example().client_id == "own"
    assert Example().login_service == "Example"


def test_defaults_of_an_openid_provider():
    authenticator = make(**GOOD)
    assert authenticator.scope == ["openid", "profile", "email"]
    assert authenticator.username_claim == "preferred_username"
    assert make(**CLASSIC).scope == []
    assert make(**CLASSIC).username_claim == "username"


def test_the_secret_file_is_read_again_when_it_changes(tmp_path):
    file = tmp_path / "secret"
    file.write_text(" first\n")
    authenticator = checked(**{**GOOD, "client_secret": "", "client_secret_file": str(file)})
    assert authenticator.current_client_secret() == "first"
    file.write_text("second\n")
    assert authenticator.current_client_secret() == "second"
    file.write_text("\n")
    with pytest.raises(ConfigurationError, match="empty"):
        authenticator.current_client_secret()


@pytest.mark.parametrize("trait", [
    trait
    for cls in OAuthOptions.mro() if issubclass(cls, AccessOptions)
    for name, trait in sorted(cls.class_own_traits(config=True).items())
], ids=lambda trait: trait.name)  # fmt: skip
def test_every_option_has_a_help(trait):
    text = trait.help.strip()
    assert text
    assert ".. versionadded::" in text or ".. deprecated::" in text
    assert text.splitlines()[0].rstrip()[-1] in ".:,`" or text.splitlines()[1]


@pytest.mark.parametrize(
    ("traits", "warned"),
    [
        ({}, True),
        ({"allow_insecure_http": True}, True),
        ({"allow_all": True}, False),
        ({"allowed_users": {"ada"}}, False),
        ({"allow_existing_users": True}, False),
        ({"any_allow_config": True}, False),
    ],
    ids=str,
)
async def test_a_hub_that_nobody_may_use_says_so(hub_at_provider, traits, warned):
    hub = await hub_at_provider(**{"allow_all": False, **traits})
    assert bool(hub.log.lines_with("No allow config found")) is warned
