"""The options that every OAuth authenticator has: name, kind, default, environment variable; and no dead ones.

What an option *does* is in tests/hub, through a real Hub.
"""

import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from traitlets import Any, Bool, Callable, Dict, Integer, List, Set, Unicode, Union
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator, OAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.traits import Renamed

CLASSES = [OAuthenticator, GenericOAuthenticator]
DYNAMIC = object()  # has a default of its own, see below

TABLE = {
    "admin_groups": (Set, set()),
    "admin_users": (Set, set()),
    "allow_all": (Bool, False),
    "allow_existing_users": (Bool, False),
    "allowed_groups": (Set, set()),
    "allowed_scopes": (List, []),
    "allowed_users": (Set, set()),
    "any_allow_config": (Bool, DYNAMIC),
    "auth_refresh_age": (Integer, 300),
    "auth_refresh_strict": (Bool, False),
    "auth_state_groups_key": (Union, DYNAMIC),
    "authorize_url": (Unicode, ""),
    "auto_login": (Bool, False),
    "auto_login_oauth2_authorize": (Bool, False),
    "basic_auth": (Bool, False),
    "blocked_users": (Set, set()),
    "client_id": (Unicode, ""),
    "client_secret": (Unicode, ""),
    "client_secret_file": (Unicode, ""),
    "custom_403_message": (Unicode, DYNAMIC),
    "delete_invalid_users": (Bool, False),
    "enable_auth_state": (Bool, False),
    "enable_pkce": (Bool, True),
    "extra_authorize_params": (Dict, {}),
    "http_request_kwargs": (Dict, {}),
    "login_service": (Unicode, DYNAMIC),
    "logout_redirect_url": (Unicode, ""),
    "manage_groups": (Bool, False),
    "manage_roles": (Bool, False),
    "modify_auth_state_hook": (Callable, None),
    "oauth_callback_url": (Unicode, ""),
    "otp_prompt": (Any, "OTP:"),
    "request_otp": (Bool, False),
    "post_auth_hook": (Any, None),
    "reconcile_auth_state_hook": (Callable, None),
    "refresh_pre_spawn": (Bool, False),
    "refresh_pre_stop": (Bool, False),
    "refresh_user_hook": (Callable, None),
    "reset_managed_roles_on_startup": (Bool, False),
    "scope": (List, []),
    "token_params": (Dict, {}),
    "token_url": (Unicode, ""),
    "userdata_from_id_token": (Bool, False),
    "userdata_params": (Dict, {}),
    "userdata_token_method": (Unicode, "header"),
    "userdata_url": (Unicode, ""),
    "username_claim": (Union, "username"),
    "username_map": (Dict, {}),
    "username_pattern": (Unicode, ""),
    "validate_server_cert": (Bool, True),
    "whitelist": (Renamed, set()),
    # new here
    "issuer": (Unicode, ""),
    "discovery_url": (Unicode, ""),
    "jwks_url": (Unicode, ""),
    "id_token_signed_response_alg": (Set, DYNAMIC),
    "client_auth_method": (Any, ""),
    "end_session_url": (Unicode, ""),
    "revoke_tokens_on_logout": (Bool, False),
    "refresh_outage_grace": (Any, 3600.0),
    "required_claims": (Dict, {}),
    "allowed_email_domains": (Set, set()),
    "require_verified_email": (Bool, False),
    "group_roles": (Dict, {}),
    "user_agent": (Unicode, DYNAMIC),
    "max_provider_connections": (Integer, 100),
    "provider_timeout": (Any, 10.0),
    "collect_emails": (Bool, False),
    "validate_token_url": (Unicode, ""),
}  # fmt: skip

ENVIRONMENT = {
    "authorize_url": ("OAUTH2_AUTHORIZE_URL", "https://login.example/authorize"),
    "basic_auth": ("OAUTH2_BASIC_AUTH", "1"),
    "client_id": ("OAUTH_CLIENT_ID", "the-hub"),
    "client_secret": ("OAUTH_CLIENT_SECRET", "a secret"),
    "issuer": ("OIDC_ISSUER", "https://login.example"),
    "login_service": ("LOGIN_SERVICE", "Example"),
    "logout_redirect_url": ("OAUTH_LOGOUT_REDIRECT_URL", "https://login.example/bye"),
    "oauth_callback_url": ("OAUTH_CALLBACK_URL", "https://hub.example/hub/oauth_callback"),
    "token_url": ("OAUTH2_TOKEN_URL", "https://login.example/token"),
    "userdata_token_method": ("OAUTH2_USERDATA_REQUEST_TYPE", "url"),
    "userdata_url": ("OAUTH2_USERDATA_URL", "https://login.example/me"),
    "username_claim": ("OAUTH2_USERNAME_KEY", "email"),
    "validate_server_cert": ("OAUTH_TLS_VERIFY", "0"),
}
FLAGS = {"1": True, "0": False}

NEWER = {"auth_refresh_strict", "refresh_pre_stop"} - Authenticator.class_traits(config=True).keys()
"""Options that this version of JupyterHub does not have."""

FOR_FORMS = {"otp_prompt": "Code:", "request_otp": True}
"""Options that mean nothing where the provider asks for the password."""

GOOD = {"issuer": "https://login.example", "client_id": "hub", "allow_all": True}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for name, _ in ENVIRONMENT.values():
        monkeypatch.delenv(name, raising=False)


def configured(cls, **traits):
    config = Config()
    config[cls.__name__].update({**GOOD, **traits})
    return cls(config=config)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("option", sorted(TABLE.keys() - NEWER))
def test_kind_and_default(cls, option):
    kind, default = TABLE[option]
    trait = cls.class_traits(config=True)[option]
    assert kind is Any or isinstance(trait, kind)
    if default is not DYNAMIC:
        assert getattr(cls(), option) == default


@pytest.mark.parametrize("cls", CLASSES)
def test_defaults_that_depend(cls):
    plain = cls()
    assert plain.any_allow_config is False
    assert cls(allowed_users={"ada"}).any_allow_config is True
    assert plain.auth_state_groups_key == ("oauth_user.groups" if cls is GenericOAuthenticator else "")
    assert "administrator" in plain.custom_403_message
    assert plain.login_service == "OAuth 2.0"
    assert "none" not in plain.id_token_signed_response_alg
    assert "RS256" in plain.id_token_signed_response_alg
    assert plain.user_agent.startswith("oauthenticator_suite/")


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("option", ENVIRONMENT)
def test_the_environment_is_read_when_it_is_made(cls, option, monkeypatch):
    before = getattr(cls(), option)
    variable, text = ENVIRONMENT[option]
    value = FLAGS.get(text, text)
    monkeypatch.setenv(variable, text)
    assert getattr(cls(), option) == value != before
    assert getattr(cls(**{option: before}), option) == before, "the configuration wins"


def test_every_variable_is_in_the_help_text():
    for option, (variable, _) in ENVIRONMENT.items():
        assert f"``{variable}``" in GenericOAuthenticator.class_traits()[option].help, option


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("option", sorted(NEWER))
def test_an_option_that_this_hub_does_not_have_stops_the_start(cls, option):
    with pytest.raises(ConfigurationError, match=f"{option} needs JupyterHub"):
        configured(cls, **{option: True}).check_configuration()


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("option", FOR_FORMS)
def test_an_option_that_means_nothing_here_stops_the_start(cls, option):
    with pytest.raises(ConfigurationError, match=option):
        configured(cls, **{option: FOR_FORMS[option]}).check_configuration()


@pytest.mark.parametrize("cls", CLASSES)
def test_help_all_lists_every_option(cls):
    app = JupyterHub()
    app.classes = [*app.classes, cls]
    text = "\n".join(app.emit_help(classes=True))
    listed = {line.strip().partition("=")[0].partition(" ")[0] for line in text.splitlines() if line.startswith("--")}
    missing = {option for option in TABLE.keys() - NEWER if f"--{cls.__name__}.{option}" not in listed}
    assert not missing


@pytest.mark.parametrize("cls", CLASSES)
async def test_show_config_shows_what_is_set(cls, capsys):
    """`jupyterhub --show-config`, with an option of each origin: the Hub's, ours, and an old name."""
    app = JupyterHub()
    app.parse_command_line([f"--{cls.__name__}.{pair}" for pair in ("issuer=https://login.example", "whitelist=ada")])
    with pytest.raises(SystemExit):  # which is how it ends
        await app.start_show_config()
    shown = capsys.readouterr().out
    assert cls.__name__ in shown
    assert ".issuer = " in shown
    assert ".whitelist = " in shown
