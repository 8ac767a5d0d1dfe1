"""The subjects of the options, in the order in which an operator meets them."""

from __future__ import annotations

SUBJECTS: dict[str, tuple[str, ...]] = {
    "The provider": (
        *("issuer", "discovery_url", "authorize_url", "token_url", "userdata_url", "api_base_url", "jwks_url"),
        *("trusted_provider_hosts", "id_token_signed_response_alg", "userdata_from_id_token"),
        *("merge_id_token_claims", "userdata_params", "userdata_token_method", "userinfo_signed_response_alg"),
        *("claim_source_issuers",),
    ),
    "This Hub as its client": (
        *("client_id", "client_secret", "client_secret_file", "client_secret_expires_at", "previous_client_secret"),
        *("previous_client_secret_file", "client_auth_method", "basic_auth", "oauth_callback_url", "scope"),
        *("enable_pkce", "extra_authorize_params", "token_params", "client_key_file", "enable_dpop", "resources"),
        *("client_decryption_key_file", "id_token_encrypted_response_alg", "userinfo_encrypted_response_alg"),
        *("security_profile", "enable_par", "request_object", "response_mode"),
        *("client_assertion_file", "client_certificate_file", "client_certificate_key_file"),
    ),
    "The user: names, groups and roles": (
        *("username_claim", "username_map", "username_pattern", "auth_state_groups_key", "manage_groups"),
        *("groups_format", "groups_separator", "groups_name_key", "groups_case_sensitive", "entitlement_namespaces"),
        *("manage_roles", "group_roles", "reset_managed_roles_on_startup", "enable_auth_state"),
        *("modify_auth_state_hook", "reconcile_auth_state_hook", "post_auth_hook", "rebind_accounts_by_name"),
        *("follow_renames", "collect_emails", "delete_invalid_users"),
    ),
    "Access: who may sign in, and who is an administrator": (
        *("allow_all", "allowed_users", "allowed_groups", "allowed_scopes", "allow_existing_users", "admin_users"),
        *("admin_groups", "blocked_users", "required_claims", "require_verified_email", "allowed_email_domains"),
        *("custom_403_message", "any_allow_config"),
    ),
    "Start-up": ("log_findings",),
    "Events": ("hash_event_usernames", "event_on_refresh"),
    "Pages": (
        *("login_service", "auto_login", "auto_login_oauth2_authorize", "hub_name", "support_contact", "privacy_url"),
        *("terms_url", "logo_url", "page_language", "status_url", "request_otp", "otp_prompt"),
    ),
    "Staying signed in": (
        *("auth_refresh_age", "user_data_max_age", "refresh_outage_grace", "refresh_user_hook", "validate_token_url"),
        *("introspection_url",),
        *("refresh_pre_spawn", "refresh_pre_stop", "auth_refresh_strict", "revoke_tokens_on_denial"),
        *("stop_servers_on_denial",),
    ),
    "Limits of sessions": ("session_max_age", "session_idle_timeout", "reauthenticate_after", "acr_values"),
    "Logins that other sites start": ("initiate_login",),
    "Logging out": (
        *("logout_scope", "logout_redirect_url", "rp_initiated_logout", "end_session_url", "revoke_tokens_on_logout"),
        *("revocation_url", "backchannel_logout", "frontchannel_logout"),
    ),
    "Requests to the provider": (
        *("http_request_kwargs", "provider_timeout", "max_provider_connections", "user_agent"),
        *("validate_server_cert", "allow_insecure_http", "allow_private_provider_addresses", "clock_tolerance"),
    ),
}  # fmt: skip
"""The shared options by subject. A test says which option has none."""

NOT_FOR_PROVIDERS = frozenset({"request_otp", "otp_prompt"})
"""Options of JupyterHub that stop the start-up of a provider's class: its users type no password at the Hub."""


def subject_of(option: str) -> str:
    """The subject of an option; an empty string if it has none."""
    return next((subject for subject, options in SUBJECTS.items() if option in options), "")
