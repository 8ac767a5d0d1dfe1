"""Options of logins with a form: names, types and defaults. No option of OAuth logins is silently ignored."""

import pytest
from jupyterhub.app import JupyterHub
from traitlets import Bool, Dict, Float, Integer, List, Set, Unicode
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, OAuthenticator, PAMAuthenticator, SimpleAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.options.trait_types import Renamed
from tests.contract.test_options_table import NEWER, TABLE
from tests.support.help_text import help_sections, options_found

pytestmark = pytest.mark.hub_versions

CLASSES = [SimpleAuthenticator, DictionaryAuthenticator, PAMAuthenticator]

OWN = {
    SimpleAuthenticator: {
        "provider": (Unicode, "simple"),
        "enable_demo": (Bool, False),
        "failure_delay": (Float, 1.0),
        "login_service": (Unicode, ""),
        "trusted_proxies": (List, []),
    },
    DictionaryAuthenticator: {
        "provider": (Unicode, "dictionary"),
        "passwords": (Dict, {}),
        "users": (List, []),
        "groups": (Dict, {}),
    },
    PAMAuthenticator: {
        "provider": (Unicode, "pam"),
        "service": (Unicode, "login"),
        "encoding": (Unicode, "utf8"),
        "executor_threads": (Integer, 4),
        "open_sessions": (Bool, False),
        "check_account": (Bool, True),
        "pam_normalize_username": (Bool, False),
        "admin_groups": (Set, set()),
        "maintainer_groups": (Set, set()),
        "maintainer_scopes": (List, ["admin-ui", "list:users", "read:users", "read:servers"]),
        "user_groups": (Set, set()),
        "member_groups": (Renamed, set()),
        "allowed_groups": (Set, set()),
        "group_whitelist": (Renamed, set()),
        "allow_nologin_shells": (Bool, False),
        "create_system_users": (Bool, False),
    },
}
OF_FORMS = {"request_otp", "otp_prompt"}
NOT_FOR_FORMS = {
    "access_token_url", "allow_private_provider_addresses", "allowed_scopes", "api_base_url", "authorize_url", "basic_auth", "client_auth_method",
    "client_id", "client_key_file", "client_secret", "client_decryption_key_file", "id_token_encrypted_response_alg",
    "claim_source_issuers", "userinfo_encrypted_response_alg", "userinfo_signed_response_alg",
    "initiate_login",
    "client_assertion_file", "client_certificate_file", "client_certificate_key_file",
    "client_secret_expires_at", "previous_client_secret", "previous_client_secret_file",
    "client_secret_file", "clock_tolerance", "collect_emails", "discovery_url", "enable_pkce", "end_session_url", "extra_authorize_params",
    "entitlement_namespaces", "follow_renames", "groups_format", "groups_name_key", "groups_separator", "merge_id_token_claims",
    "http_request_kwargs", "id_token_signed_response_alg", "issuer", "jwks_url", "max_provider_connections",
    "oauth_callback_url", "provider_timeout", "revoke_tokens_on_logout", "scope", "token_params", "token_url",
    "acr_values", "enable_par", "reauthenticate_after", "request_object", "response_mode", "security_profile", "status_url",
    "user_agent", "userdata_from_id_token", "userdata_params", "userdata_token_method", "userdata_url",
    "username_claim", "validate_server_cert", "validate_token_url", "enable_dpop", "resources", "introspection_url",
}  # fmt: skip
OF_A_PROFILE = {
    "allowed_email_domains", "auth_state_groups_key", "modify_auth_state_hook", "require_verified_email",
    "required_claims",
}  # fmt: skip


@pytest.mark.parametrize(("cls", "option"), [(cls, option) for cls, own in OWN.items() for option in own])
def test_kind_and_default(cls, option):
    kind, default = OWN[cls][option]
    assert isinstance(cls.class_traits(config=True)[option], kind)
    assert getattr(cls(), option) == default


def configured(cls, option, value):
    config = Config()
    config[cls.__name__][option] = value
    return cls(config=config)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("option", sorted(TABLE.keys() - NEWER))
def test_each_option_of_a_provider_works_or_stops_the_start(cls, option):
    """No option is silently ignored. The effects of the others are tested through a real Hub."""
    stops = (
        option in NOT_FOR_FORMS
        or option == "auto_login"
        or (option in OF_A_PROFILE and cls is not SimpleAuthenticator)
        or (option in OF_FORMS and cls is DictionaryAuthenticator)
    )
    if not stops:
        assert option in cls.class_traits(config=True)
        return
    default = TABLE[option][1]
    value = True if default is False else "x"
    with pytest.raises(ConfigurationError, match=f"{option}.* (has no effect|asks for no code)"):
        configured(cls, option, value).check_configuration()


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("option", sorted(NEWER))
def test_an_option_that_this_hub_does_not_have_is_warned_of(cls, option, hub_log):
    configured(cls, option, True)
    (line,) = hub_log.lines_with("[option-of-newer-hub]")
    assert f"{option} has no effect: it needs JupyterHub" in line


@pytest.mark.parametrize("cls", CLASSES)
def test_help_all_leads_to_every_option(cls):
    app = JupyterHub()
    app.classes = [JupyterHub, cls, OAuthenticator]
    sections = help_sections("\n".join(app.emit_help(classes=True)))
    assert not OWN[cls].keys() - options_found(sections, cls.__name__)


@pytest.mark.parametrize(
    ("cls", "traits", "any_way_in"),
    [
        (DictionaryAuthenticator, {"passwords": {"ada": "x"}}, False),
        (DictionaryAuthenticator, {"allowed_users": {"ada"}}, True),
        (PAMAuthenticator, {"allow_nologin_shells": True}, False),
        (PAMAuthenticator, {"user_groups": {"x"}}, True),
        (PAMAuthenticator, {"maintainer_groups": {"x"}}, True),
        (PAMAuthenticator, {"admin_groups": {"x"}}, True),
        (PAMAuthenticator, {"allowed_groups": {"x"}}, True),
    ],
)
def test_options_that_allow_users(cls, traits, any_way_in):
    assert cls(**traits).any_allow_config is any_way_in


def test_the_sections_of_jupyterhubs_classes_apply_too():
    """A configuration for JupyterHub's PAMAuthenticator works with another `authenticator_class` only."""
    config = Config()
    config.LocalAuthenticator.create_system_users = True
    config.PAMAuthenticator.service = "sshd"
    config.Authenticator.admin_users = {"ada"}
    authenticator = PAMAuthenticator(config=config)
    assert (authenticator.create_system_users, authenticator.service) == (True, "sshd")
    assert authenticator.admin_users == {"ada"}


def test_member_groups_and_user_groups_must_agree():
    with pytest.raises(ConfigurationError, match="both are set"):
        PAMAuthenticator(user_groups={"a"}, member_groups={"b"})
