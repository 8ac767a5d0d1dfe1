"""Methods of the package `oauthenticator` that this package does not call, each with what replaces it.

A subclass that was written for that package and overrides one of them stops the start-up. A test compares these tables
with the classes of that package: each of its methods is here, or is called as it is there.
"""

from __future__ import annotations

from collections.abc import Mapping

_GROUPS = "get_user_groups, or update_auth_model, which may set groups"
_REQUESTS = "get_token_info or token_to_user for their requests, or the option http_request_kwargs"
_LOOK_UP = "look_up, whose result the access options use, or update_auth_model"

NEVER_CALLED: Mapping[str, Mapping[str, str]] = {
    "OAuthenticator": {
        "_apply_managed_groups": _GROUPS,
        "_call_modify_auth_state_hook": "the option modify_auth_state_hook",
        "_call_refresh_user_hook": "the option refresh_user_hook",
        "_deprecated_oauth_trait": "the class attribute _deprecated_oauth_aliases",
        "httpfetch": _REQUESTS,
        "fetch": _REQUESTS,
        "http_client": "the option http_request_kwargs",
        "_default_http_client": "the option http_request_kwargs",
        "validate_server_cert_env": "the option validate_server_cert",
    },
    "GitHubOAuthenticator": {
        "_check_membership_allowed_organizations": _LOOK_UP,
        "_paginated_fetch": _LOOK_UP,
    },
    "GitLabOAuthenticator": {
        "_check_membership_allowed_groups": _LOOK_UP,
        "_check_membership_allowed_project_ids": _LOOK_UP,
        "_get_gitlab_version": "nothing: the version of GitLab is not asked for",
        "_set_gitlab_version": "nothing: the version of GitLab is not asked for",
        "gitlab_version": "nothing: the version of GitLab is not asked for",
        "member_api_variant": "nothing: the version of GitLab is not asked for",
    },
    "GoogleOAuthenticator": {
        "_fetch_member_groups": _LOOK_UP,
        "_get_service_credentials": "the option google_service_account_keys",
        "_is_token_valid": "the option google_service_account_keys",
        "_service_client_credentials": "the option google_service_account_keys",
        "_setup_service_credentials": "the option google_service_account_keys",
        "_service_credentials": "the option google_service_account_keys",
    },
    "GlobusOAuthenticator": {
        "_fetch_users_groups": _LOOK_UP,
        "get_globus_tokens": "build_auth_state_dict",
        "get_default_headers": "build_userdata_request_headers",
        "get_client_credential_headers": "build_token_info_request_headers",
        "revoke_service_tokens": "revocable_tokens",
    },
    "CILogonOAuthenticator": {
        "_user_info_to_unprocessed_username": "user_info_to_username",
        "_get_processed_username": "user_info_to_username",
    },
    "BitbucketOAuthenticator": {"_fetch_user_teams": _LOOK_UP},
}
"""By class: the methods and attributes, and what to override or set in their place."""

_COOKIE = "nothing: the Hub seals each login attempt in separate cookies"
_CHECKS = "get, which may check more and then awaits super().get(); state, error and code are always checked"

NEVER_CALLED_ON_HANDLERS: Mapping[str, Mapping[str, str]] = {
    "login_handler": {
        "set_state_cookie": _COOKIE,
        "_generate_pkce_params": "nothing: PKCE with S256 is always done by the package",
        "_generate_state_id": _COOKIE,
        "_get_next_url": "intended_url, which returns the page that the user wants",
        "_OAUTH_AUTHORIZE_URL": "the option authorize_url",
        "_OAUTH_ACCESS_TOKEN_URL": "the option token_url",
        "_OAUTH_USERINFO_URL": "the option userdata_url",
    },
    "callback_handler": {
        "check_arguments": _CHECKS,
        "check_state": _CHECKS,
        "check_error": _CHECKS,
        "check_code": _CHECKS,
        "get_state_cookie": _COOKIE,
        "get_state_url": _COOKIE,
        "_state_cookie": _COOKIE,
    },
    "logout_handler": {
        "clear_tokens": "the option revoke_tokens_on_logout",
    },
}
"""The same for the handler classes of an authenticator, by the attribute that names the class."""


def never_called_on(cls: type) -> dict[str, str]:
    """The methods and attributes that are never used on a class of this package, with what replaces each."""
    return {name: instead for base in cls.__mro__ for name, instead in NEVER_CALLED.get(base.__name__, {}).items()}


def advice(name: str, replacement: str) -> tuple[str, str]:
    """What is wrong with an override of a method of these tables, and what to do, each as a part of a sentence."""
    if replacement.startswith("nothing"):
        return f"{name} would never be used{replacement.removeprefix('nothing')}", "Remove it"
    return f"{name} would never be used", f"Override or set {replacement}, instead"
