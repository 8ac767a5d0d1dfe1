"""The options that every OAuth authenticator has: name, kind, default, environment variable; and no dead ones.

What an option *does* is in tests/hub, through a real Hub.
"""

import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from traitlets import Any, Bool, Callable, Dict, Enum, Integer, List, Set, Unicode, Union
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator, OAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.options.time_types import Instant
from oauthenticator_suite.hub.options.trait_types import Renamed
from tests.contract.own_options import LOCAL, OWN_OPTIONS, OwnOptions
from tests.support import entry_points
from tests.support.help_text import help_sections, options_found

pytestmark = pytest.mark.hub_versions

PROVIDERS = [OAuthenticator, *entry_points.PROVIDERS.values()]
CLASSES = [*PROVIDERS, *entry_points.LOCAL.values()]
DYNAMIC = object()  # has a separate default, see below

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
    "client_key_file": (Unicode, ""),
    "enable_dpop": (Bool, False),
    "introspection_url": (Unicode, ""),
    "resources": (List, []),
    "initiate_login": (Bool, False),
    "client_decryption_key_file": (Unicode, ""),
    "id_token_encrypted_response_alg": (Set, set()),
    "userinfo_encrypted_response_alg": (Set, set()),
    "userinfo_signed_response_alg": (Set, set()),
    "client_assertion_file": (Unicode, ""),
    "client_certificate_file": (Unicode, ""),
    "client_certificate_key_file": (Unicode, ""),
    "claim_source_issuers": (Dict, {}),
    "custom_403_message": (Unicode, DYNAMIC),
    "delete_invalid_users": (Bool, False),
    "enable_auth_state": (Bool, False),
    "enable_pkce": (Bool, True),
    "security_profile": (Enum, ""),
    "enable_par": (Bool, False),
    "request_object": (Enum, ""),
    "response_mode": (Enum, ""),
    "follow_renames": (Bool, False),
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
    "merge_id_token_claims": (Bool, False),
    "userdata_params": (Dict, {}),
    "userdata_token_method": (Unicode, "header"),
    "userdata_url": (Unicode, ""),
    "username_claim": (Union, "username"),
    "username_map": (Dict, {}),
    "username_pattern": (Unicode, ""),
    "validate_server_cert": (Bool, True),
    "whitelist": (Renamed, set()),
    "access_token_url": (Renamed, DYNAMIC),
    "api_base_url": (Unicode, ""),
    # new here
    "issuer": (Unicode, ""),
    "discovery_url": (Unicode, ""),
    "jwks_url": (Unicode, ""),
    "id_token_signed_response_alg": (Set, DYNAMIC),
    "client_auth_method": (Any, ""),
    "client_secret_expires_at": (Instant, 0.0),
    "previous_client_secret": (Unicode, ""),
    "previous_client_secret_file": (Unicode, ""),
    "end_session_url": (Unicode, ""),
    "revoke_tokens_on_logout": (Bool, False),
    "refresh_outage_grace": (Any, 3600.0),
    "logout_scope": (Enum, "all"),
    "session_max_age": (Any, 0.0),
    "session_idle_timeout": (Any, 0.0),
    "reauthenticate_after": (Any, None),
    "acr_values": (List, []),
    "revoke_tokens_on_denial": (Bool, False),
    "stop_servers_on_denial": (Bool, False),
    "required_claims": (Dict, {}),
    "allowed_email_domains": (Set, set()),
    "require_verified_email": (Bool, False),
    "group_roles": (Dict, {}),
    "groups_case_sensitive": (Bool, True),
    "groups_format": (Enum, "names"),
    "groups_separator": (Unicode, ","),
    "groups_name_key": (Unicode, "name"),
    "entitlement_namespaces": (Set, set()),
    "user_agent": (Unicode, DYNAMIC),
    "max_provider_connections": (Integer, 100),
    "allow_private_provider_addresses": (Bool, False),
    "provider_timeout": (Any, 10.0),
    "clock_tolerance": (Any, 60.0),
    "collect_emails": (Bool, False),
    "validate_token_url": (Unicode, ""),
    "hub_name": (Unicode, "JupyterHub"),
    "support_contact": (Unicode, ""),
    "privacy_url": (Unicode, ""),
    "terms_url": (Unicode, ""),
    "logo_url": (Unicode, ""),
    "status_url": (Unicode, ""),
    "page_language": (Enum, ""),
    "log_findings": (Bool, True),
    "hash_event_usernames": (Bool, False),
    "event_on_refresh": (Bool, True),
}  # fmt: skip

ENVIRONMENT = {
    "authorize_url": ("OAUTH2_AUTHORIZE_URL", "https://login.example/authorize"),
    "basic_auth": ("OAUTH2_BASIC_AUTH", "1"),
    "client_id": ("OAUTH_CLIENT_ID", "service-the-hub"),
    "client_secret": ("OAUTH_CLIENT_SECRET", "a secret"),
    "issuer": ("OIDC_ISSUER", "https://login.example"),
    "login_service": ("LOGIN_SERVICE", "the sign-in of our lab"),
    "logout_redirect_url": ("OAUTH_LOGOUT_REDIRECT_URL", "https://login.example/bye"),
    "oauth_callback_url": ("OAUTH_CALLBACK_URL", "https://hub.example/hub/oauth_callback"),
    "token_url": ("OAUTH2_TOKEN_URL", "https://login.example/token"),
    "userdata_token_method": ("OAUTH2_USERDATA_REQUEST_TYPE", "url"),
    "userdata_url": ("OAUTH2_USERDATA_URL", "https://login.example/me"),
    "username_claim": ("OAUTH2_USERNAME_KEY", "upn"),
    "validate_server_cert": ("OAUTH_TLS_VERIFY", "0"),
}
FLAGS = {"1": True, "0": False}

NEWER = {"auth_refresh_strict", "refresh_pre_stop"} - Authenticator.class_traits(config=True).keys()
"""Options that this version of JupyterHub does not have."""

FOR_FORMS = {"otp_prompt": "Code:", "request_otp": True}
"""Options that mean nothing where the provider asks for the password."""

GOOD = {"client_id": "hub", "allow_all": True}


def expected_of(cls) -> OwnOptions:
    return OWN_OPTIONS[cls.__name__.removeprefix("Local")]


def own_options(cls):
    """The options that this class has and `OAuthenticator` has not, or has from elsewhere."""
    traits = cls.class_traits(config=True).items()
    return {name: trait for name, trait in traits if trait.this_class not in OAuthenticator.__mro__}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    names = {name for name, _ in ENVIRONMENT.values()}
    for expected in OWN_OPTIONS.values():
        names |= {name for option in expected.own.values() for variables, _ in option.environment for name in variables}
        names |= {f"{expected.client_variables}_CLIENT_ID", f"{expected.client_variables}_CLIENT_SECRET"}
    for name in names:
        monkeypatch.delenv(name, raising=False)


def configured(cls, **traits):
    config = Config()
    config[cls.__name__].update({**GOOD, **expected_of(cls).good, **traits})
    return cls(config=config)


def test_every_class_is_in_the_table():
    assert {cls.__name__ for cls in PROVIDERS} == set(OWN_OPTIONS)


# --- the options of all ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("option", sorted(TABLE.keys() - NEWER))
def test_kind_and_default(cls, option):
    kind, default = TABLE[option]
    trait = cls.class_traits(config=True)[option]
    assert kind is Any or isinstance(trait, kind)
    default = expected_of(cls).defaults.get(option, default)
    if default is not DYNAMIC:
        assert getattr(cls(), option) == default


@pytest.mark.parametrize("cls", CLASSES)
def test_defaults_that_depend(cls):
    plain = cls()
    assert plain.any_allow_config is False
    assert cls(allowed_users={"ada"}).any_allow_config is True
    assert plain.auth_state_groups_key == expected_of(cls).defaults.get("auth_state_groups_key", "")
    assert plain.user_auth_state_key == expected_of(cls).user_key
    assert "administrator" in plain.custom_403_message
    assert plain.login_service == expected_of(cls).defaults.get("login_service", "OAuth 2.0")
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
    if option in expected_of(cls).fixed:
        assert getattr(cls(), option) == before != value
        return
    assert getattr(cls(), option) == value != before
    assert getattr(cls(**{option: before}), option) == before, "the configuration wins"


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if expected_of(cls).client_variables])
def test_the_provider_has_variables_of_its_own_for_the_client(cls, monkeypatch):
    """They go before those of all."""
    for option, name in (("client_id", "CLIENT_ID"), ("client_secret", "CLIENT_SECRET")):
        monkeypatch.setenv(f"OAUTH_{name}", "of all")
        assert getattr(cls(), option) == "of all"
        monkeypatch.setenv(f"{expected_of(cls).client_variables}_{name}", "its own")
        assert getattr(cls(), option) == "its own"


def test_every_variable_is_in_the_help_text():
    for option, (variable, _) in ENVIRONMENT.items():
        assert f"``{variable}``" in GenericOAuthenticator.class_traits()[option].help, option


@pytest.mark.parametrize(("cls", "option"), [(cls, option) for cls in CLASSES for option in sorted(NEWER)])
def test_an_option_that_this_hub_does_not_have_is_warned_of(cls, option, hub_log):
    """No error: one configuration may serve several Hubs."""
    configured(cls, **{option: True})
    (line,) = hub_log.lines_with("[option-of-newer-hub]")
    assert f"{option} has no effect: it needs JupyterHub" in line


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("option", FOR_FORMS)
def test_an_option_that_means_nothing_here_stops_the_start(cls, option):
    with pytest.raises(ConfigurationError, match=option):
        configured(cls, **{option: FOR_FORMS[option]}).check_configuration()


def test_help_all_leads_to_every_option():
    app = JupyterHub()
    app.classes = [JupyterHub, *CLASSES]
    sections = help_sections("\n".join(app.emit_help(classes=True)))
    for cls in CLASSES:
        wanted = {*own_options(cls), *TABLE.keys() - NEWER}
        assert not wanted - options_found(sections, cls.__name__)


@pytest.mark.parametrize("cls", CLASSES)
async def test_show_config_shows_what_is_set(cls, capsys):
    """`jupyterhub --show-config`, with an option of each origin: the Hub's, ours, and an old name."""
    app = JupyterHub()
    app.parse_command_line([f"--{cls.__name__}.{pair}" for pair in ("client_id=hub", "whitelist=ada")])
    with pytest.raises(SystemExit):  # which is how it ends
        await app.start_show_config()
    shown = capsys.readouterr().out
    assert cls.__name__ in shown
    assert ".client_id = " in shown
    assert ".whitelist = " in shown


# --- the options of one provider -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", CLASSES)
def test_its_own_options_are_the_documented_ones(cls):
    expected = expected_of(cls)
    documented = expected.own.keys() | expected.old_names.keys()
    if cls not in PROVIDERS:
        documented |= LOCAL.own.keys() | LOCAL.old_names.keys()
    assert own_options(cls).keys() == documented


@pytest.mark.parametrize(
    ("cls", "option", "expected"),
    [
        pytest.param(cls, option, expected, id=f"{cls.__name__}-{option}")
        for cls in CLASSES
        for option, expected in [*expected_of(cls).own.items(), *(LOCAL.own.items() if cls not in PROVIDERS else ())]
    ],
)
def test_an_option_of_its_own(cls, option, expected, monkeypatch):
    """Kind, default, and environment variables; the configuration takes precedence over these."""
    trait = cls.class_traits(config=True)[option]
    assert isinstance(trait, expected.kind)
    assert getattr(cls(), option) == expected.default
    for variables, value in expected.environment:
        with monkeypatch.context() as patch:
            for name, text in variables.items():
                patch.setenv(name, text)
            assert getattr(cls(), option) == value
            assert getattr(cls(**{option: expected.default}), option) == expected.default


@pytest.mark.parametrize(
    ("cls", "old", "expected"),
    [
        pytest.param(cls, old, expected, id=f"{cls.__name__}-{old}")
        for cls in CLASSES
        for old, expected in [
            *expected_of(cls).old_names.items(),
            *(LOCAL.old_names.items() if cls not in PROVIDERS else ()),
        ]
    ],
)
def test_an_old_name_of_its_own_takes_effect(cls, old, expected):
    """CVE-2020-26250: never ignored. Next to the new name with another value, it stops the start-up."""
    before = getattr(cls(), expected.new)
    authenticator = configured(cls, **{old: expected.value})
    assert getattr(authenticator, expected.new) == expected.result != before
    is_converted = cls.class_traits()[old].convert is not None  # it reads as it was set
    assert getattr(authenticator, old) == (expected.value if is_converted else expected.result)
    with pytest.raises(ConfigurationError, match=old):
        configured(cls, **{old: expected.value, expected.new: before})


@pytest.mark.parametrize("cls", PROVIDERS)
def test_it_starts_with_what_it_needs(cls):
    configured(cls).check_configuration()
