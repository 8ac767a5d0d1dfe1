"""The documented options of each provider's class, and its own defaults of options that all providers have.

Existing deployments rely on these names, types, defaults and environment variables: nothing here may change by accident.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from traitlets import Bool, Dict, Enum, Float, Integer, List, Set, TraitType, Unicode


@dataclass(frozen=True)
class Option:
    """An option: its trait type, its default, and its values with environment variables, in order of precedence."""

    kind: type[TraitType[Any, Any]]
    default: Any
    environment: tuple[tuple[dict[str, str], Any], ...] = ()


@dataclass(frozen=True)
class OldName:
    """An old name: a value, the option that takes it, and the resulting value of that option."""

    value: Any
    new: str
    result: Any


@dataclass(frozen=True)
class OwnOptions:
    """A class: its key in `auth_state`, its own options and old names, and its own defaults of shared options.

    `good` are options with which the class passes the check at start-up. `fixed` are options that do not follow the
    environment variables of `GenericOAuthenticator`.
    """

    user_key: str
    own: dict[str, Option] = field(default_factory=dict)
    old_names: dict[str, OldName] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    good: dict[str, Any] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    client_variables: str = ""


OF_GENERIC = frozenset({"issuer", "authorize_url", "token_url", "userdata_url", "username_claim"})
"""Options whose environment variables belong to `GenericOAuthenticator` alone."""

IDPS = {"urn:mace:incommon:campus.example": {"username_derivation": {"username_claim": "eppn"}}}

TENANT = "11111111-1111-4111-8111-111111111111"
ENTRA_DEFAULTS = {
    "scope": ["openid", "profile", "email", "offline_access"],
    "auth_state_groups_key": "user.groups",
    "userdata_from_id_token": True,
    "trusted_provider_hosts": {"graph.microsoft.com"},
    "login_service": "Microsoft",
}
ENTRA_OPTIONS = {
    "tenant_id": Option(Unicode, "", (({"AAD_TENANT_ID": TENANT}, TENANT),)),
    "allowed_tenants": Option(Set, set()),
    "allowed_app_roles": Option(Set, set()),
    "admin_app_roles": Option(Set, set()),
    "authority_url": Option(Unicode, "https://login.microsoftonline.com"),
    "graph_api_url": Option(Unicode, "https://graph.microsoft.com"),
}
ENTRA_OLD_NAMES = {
    "graph_url": OldName("https://login.microsoftonline.us", "authority_url", "https://login.microsoftonline.us"),
    "user_groups_claim": OldName("roles", "auth_state_groups_key", "user.roles"),
}

OWN_OPTIONS = {
    "OAuthenticator": OwnOptions("oauth_user", good={"issuer": "https://login.example"}, fixed=OF_GENERIC),
    "Auth0OAuthenticator": OwnOptions(
        "auth0_user",
        own={
            "auth0_domain": Option(
                Unicode,
                "",
                (
                    ({"AUTH0_DOMAIN": "login.example.org", "AUTH0_SUBDOMAIN": "example"}, "login.example.org"),
                    ({"AUTH0_SUBDOMAIN": "example"}, "example.auth0.com"),
                ),
            ),
            "auth0_subdomain": Option(Unicode, "", (({"AUTH0_SUBDOMAIN": "example"}, "example"),)),
            "auth0_organization": Option(Unicode, ""),
            "allow_unverified_email": Option(Bool, False),
        },
        old_names={"username_key": OldName("nickname", "username_claim", "nickname")},
        defaults={
            "status_url": "https://status.auth0.com",
            "scope": ["openid", "profile", "email"],
            "username_claim": "email",
            "login_service": "Auth0",
        },
        good={"auth0_domain": "example.eu.auth0.com"},
        fixed=OF_GENERIC,
        client_variables="AUTH0",
    ),
    "AzureAdOAuthenticator": OwnOptions(
        "user",
        own=ENTRA_OPTIONS,
        old_names=ENTRA_OLD_NAMES,
        defaults={**ENTRA_DEFAULTS, "username_claim": "name"},
        good={"tenant_id": TENANT, "username_claim": "preferred_username"},
        fixed=OF_GENERIC,
        client_variables="AAD",
    ),
    "BitbucketOAuthenticator": OwnOptions(
        "bitbucket_user",
        own={"allowed_teams": Option(Set, set())},
        old_names={"team_whitelist": OldName({"lab"}, "allowed_teams", {"lab"})},
        defaults={
            "status_url": "https://bitbucket.status.atlassian.com",
            "authorize_url": "https://bitbucket.org/site/oauth2/authorize",
            "token_url": "https://bitbucket.org/site/oauth2/access_token",
            "userdata_url": "https://api.bitbucket.org/2.0/user",
            "scope": [],
            "username_claim": "username",
            "login_service": "Bitbucket",
        },
        fixed=OF_GENERIC,
        client_variables="BITBUCKET",
    ),
    "CILogonOAuthenticator": OwnOptions(
        "cilogon_user",
        own={
            "cilogon_host": Option(
                Unicode, "cilogon.org", (({"CILOGON_HOST": "test.cilogon.org"}, "test.cilogon.org"),)
            ),
            "idps": Option(Dict, {}),
            "skin": Option(Unicode, ""),
        },
        old_names={"allowed_idps": OldName(IDPS, "idps", IDPS)},
        defaults={
            "issuer": "https://cilogon.org",
            "authorize_url": "https://cilogon.org/authorize",
            "token_url": "https://cilogon.org/oauth2/token",
            "userdata_url": "https://cilogon.org/oauth2/userinfo",
            "scope": ["openid", "email", "org.cilogon.userinfo", "profile"],
            "username_claim": "email",
            "login_service": "CILogon",
        },
        good={"idps": IDPS},
        fixed=OF_GENERIC,
        client_variables="CILOGON",
    ),
    "CognitoOAuthenticator": OwnOptions(
        "oauth_user",
        own={
            "cognito_domain": Option(
                Unicode, "", (({"COGNITO_DOMAIN": "login.example.org"}, "https://login.example.org"),)
            ),
            "user_pool_id": Option(Unicode, "", (({"COGNITO_USER_POOL_ID": "eu-central-1_A1"}, "eu-central-1_A1"),)),
        },
        defaults={
            "scope": ["openid", "profile", "email"],
            "username_claim": "username",
            "merge_id_token_claims": True,
            "auth_state_groups_key": "oauth_user.cognito:groups",
            "login_service": "Amazon Cognito",
        },
        good={"cognito_domain": "login.example.org", "user_pool_id": "eu-central-1_AbCdEf123"},
        fixed=OF_GENERIC,
        client_variables="COGNITO",
    ),
    "EntraOAuthenticator": OwnOptions(
        "user",
        own=ENTRA_OPTIONS,
        old_names=ENTRA_OLD_NAMES,
        defaults={**ENTRA_DEFAULTS, "username_claim": "preferred_username"},
        good={"tenant_id": TENANT},
        fixed=OF_GENERIC,
        client_variables="ENTRA",
    ),
    "ForgejoOAuthenticator": OwnOptions(
        "forgejo_user",
        own={
            "forgejo_url": Option(
                Unicode, "https://codeberg.org", (({"FORGEJO_URL": "https://git.example"}, "https://git.example"),)
            ),
            "allowed_organizations": Option(Set, set()),
        },
        defaults={
            "authorize_url": "https://codeberg.org/login/oauth/authorize",
            "token_url": "https://codeberg.org/login/oauth/access_token",
            "userdata_url": "https://codeberg.org/api/v1/user",
            "scope": ["read:user", "read:organization"],
            "username_claim": "login",
            "login_service": "Forgejo",
        },
        fixed=OF_GENERIC,
        client_variables="FORGEJO",
    ),
    "GenericOAuthenticator": OwnOptions(
        "oauth_user",
        own={"preset": Option(Unicode, ""), "preset_url": Option(Unicode, "")},
        old_names={
            "username_key": OldName("email", "username_claim", "email"),
            "extra_params": OldName({"audience": "hub"}, "token_params", {"audience": "hub"}),
            "tls_verify": OldName(False, "validate_server_cert", False),
            "claim_groups_key": OldName("teams", "auth_state_groups_key", "oauth_user.teams"),
        },
        defaults={"auth_state_groups_key": "oauth_user.groups"},
        good={"issuer": "https://login.example"},
    ),
    "GitHubOAuthenticator": OwnOptions(
        "github_user",
        own={
            "github_url": Option(
                Unicode,
                "https://github.com",
                (
                    ({"GITHUB_HOST": "git.example"}, "https://git.example"),
                    ({"GITHUB_HOST": "git.example", "GITHUB_HTTP": "true"}, "http://git.example"),
                    ({"GITHUB_URL": "https://new.example", "GITHUB_HOST": "git.example"}, "https://new.example"),
                ),
            ),
            "github_api": Option(
                Unicode, "https://api.github.com", (({"GITHUB_HOST": "git.example"}, "https://git.example/api/v3"),)
            ),
            "allowed_organizations": Option(Set, set()),
            "populate_teams_in_auth_state": Option(Bool, False),
        },
        old_names={
            "github_client_id": OldName("hub", "client_id", "hub"),
            "github_client_secret": OldName("s", "client_secret", "s"),
            "github_organization_whitelist": OldName({"lab"}, "allowed_organizations", {"lab"}),
        },
        defaults={
            "status_url": "https://www.githubstatus.com",
            "authorize_url": "https://github.com/login/oauth/authorize",
            "token_url": "https://github.com/login/oauth/access_token",
            "userdata_url": "https://api.github.com/user",
            "username_claim": "login",
            "login_service": "GitHub",
        },
        fixed=OF_GENERIC,
        client_variables="GITHUB",
    ),
    "GitLabOAuthenticator": OwnOptions(
        "gitlab_user",
        own={
            "gitlab_url": Option(
                Unicode,
                "https://gitlab.com",
                (
                    ({"GITLAB_HOST": "git.example"}, "https://git.example"),
                    ({"GITLAB_URL": "https://new.example/gitlab", "GITLAB_HOST": "x"}, "https://new.example/gitlab"),
                ),
            ),
            "gitlab_api_version": Option(Unicode, "4", (({"GITLAB_API_VERSION": "5"}, "5"),)),
            "gitlab_api": Option(
                Unicode,
                "https://gitlab.com/api/v4",
                (({"GITLAB_URL": "https://new.example/g", "GITLAB_API_VERSION": "5"}, "https://new.example/g/api/v5"),),
            ),
            "allowed_gitlab_groups": Option(Set, set()),
            "allowed_project_ids": Option(Set, set()),
            "minimum_group_access_level": Option(Integer, 10),
            "minimum_project_access_level": Option(Integer, 30),
        },
        old_names={
            "url": OldName("https://git.example/gitlab", "gitlab_url", "https://git.example/gitlab"),
            "gitlab_group_whitelist": OldName({"lab"}, "allowed_gitlab_groups", {"lab"}),
            "gitlab_project_id_whitelist": OldName({17}, "allowed_project_ids", {"17"}),
        },
        defaults={
            "status_url": "https://status.gitlab.com",
            "authorize_url": "https://gitlab.com/oauth/authorize",
            "token_url": "https://gitlab.com/oauth/token",
            "userdata_url": "https://gitlab.com/api/v4/user",
            "username_claim": "username",
            "login_service": "GitLab",
        },
        fixed=OF_GENERIC,
        client_variables="GITLAB",
    ),
    "GlobusOAuthenticator": OwnOptions(
        "globus_user",
        own={
            "globus_groups_url": Option(Unicode, "https://groups.api.globus.org/v2/groups/my_groups"),
            "identity_provider": Option(Unicode, "", (({"IDENTITY_PROVIDER": "globusid.org"}, "globusid.org"),)),
            "username_from_email": Option(Bool, False),
            "strip_domain": Option(Bool, False),
            "allowed_globus_groups": Option(Set, set()),
            "admin_globus_groups": Option(Set, set()),
            "exclude_tokens": Option(List, ["auth.globus.org", "groups.api.globus.org"]),
            "globus_local_endpoint": Option(Unicode, "", (({"GLOBUS_LOCAL_ENDPOINT": "0a1b"}, "0a1b"),)),
        },
        defaults={
            "issuer": "https://auth.globus.org",
            "authorize_url": "https://auth.globus.org/v2/oauth2/authorize",
            "token_url": "https://auth.globus.org/v2/oauth2/token",
            "userdata_url": "https://auth.globus.org/v2/oauth2/userinfo",
            "revocation_url": "https://auth.globus.org/v2/oauth2/token/revoke",
            "scope": ["openid", "profile", "urn:globus:auth:scope:transfer.api.globus.org:all"],
            "username_claim": "preferred_username",
            "auth_state_groups_key": "globus_groups",
            "client_auth_method": "client_secret_basic",
            "login_service": "Globus",
        },
        fixed=OF_GENERIC,
        client_variables="GLOBUS",
    ),
    "GoogleOAuthenticator": OwnOptions(
        "google_user",
        own={
            "google_api_url": Option(
                Unicode, "https://www.googleapis.com", (({"GOOGLE_API_URL": "https://g.example"}, "https://g.example"),)
            ),
            "hosted_domain": Option(
                List,
                [],
                (
                    ({"HOSTED_DOMAIN": "example.org"}, ["example.org"]),
                    ({"HOSTED_DOMAIN": "example.org; example.net;"}, ["example.org", "example.net"]),
                ),
            ),
            "allowed_hosted_domains": Option(Set, set()),
            "strip_domain": Option(
                Bool,
                False,
                (({"HOSTED_DOMAIN": "example.org"}, True), ({"HOSTED_DOMAIN": "a.example;b.example"}, False)),
            ),
            "prompt_select_account": Option(Bool, False),
            "google_service_account_keys": Option(Dict, {}),
            "gsuite_administrator": Option(Dict, {}),
            "allowed_google_groups": Option(Dict, {}),
            "admin_google_groups": Option(Dict, {}),
            "include_nested_groups": Option(Bool, False),
        },
        old_names={
            "google_group_whitelist": OldName(
                {"example.org": {"lab"}}, "allowed_google_groups", {"example.org": {"lab"}}
            ),
        },
        defaults={
            "status_url": "https://www.google.com/appsstatus/dashboard/",
            "issuer": "https://accounts.google.com",
            "userdata_from_id_token": True,
            "scope": ["openid", "email"],
            "username_claim": "email",
            "auth_state_groups_key": "google_user.google_groups",
            "login_service": "Google",
        },
        fixed=OF_GENERIC,
        client_variables="GOOGLE",
    ),
    "JupyterHubOAuthenticator": OwnOptions(
        "jupyterhub_user",
        own={
            "hub_url": Option(Unicode, "", (({"UPSTREAM_HUB_URL": "https://hub.example"}, "https://hub.example"),)),
            "api_base_url": Option(
                Unicode, "", (({"UPSTREAM_HUB_URL": "https://hub.example"}, "https://hub.example/hub/api"),)
            ),
            "trust_idp_admin": Option(Bool, False),
        },
        defaults={
            "scope": ["read:users:name!user", "read:users:groups!user"],
            "username_claim": "name",
            "auth_state_groups_key": "jupyterhub_user.groups",
            "login_service": "JupyterHub",
        },
        good={"hub_url": "https://hub.example", "client_id": "service-hub"},
        fixed=OF_GENERIC,
        client_variables="UPSTREAM_HUB",
    ),
    "KeycloakOAuthenticator": OwnOptions(
        "oauth_user",
        own={
            "keycloak_url": Option(
                Unicode, "", (({"KEYCLOAK_URL": "https://sso.example.org"}, "https://sso.example.org"),)
            ),
            "keycloak_realm": Option(Unicode, "", (({"KEYCLOAK_REALM": "campus"}, "campus"),)),
            "allowed_realm_roles": Option(Set, set()),
            "admin_realm_roles": Option(Set, set()),
            "allowed_client_roles": Option(Set, set()),
            "admin_client_roles": Option(Set, set()),
        },
        defaults={
            "scope": ["openid", "profile", "email"],
            "username_claim": "preferred_username",
            "auth_state_groups_key": "oauth_user.groups",
            "login_service": "Keycloak",
        },
        good={"keycloak_url": "https://sso.example.org", "keycloak_realm": "campus"},
        fixed=OF_GENERIC,
        client_variables="KEYCLOAK",
    ),
    "MWOAuthenticator": OwnOptions(
        "MEDIAWIKI_USER_IDENTITY",
        own={
            "mw_index_url": Option(
                Unicode,
                "https://meta.wikimedia.org/w/index.php",
                (({"MW_INDEX_URL": "https://wiki.example/index.php"}, "https://wiki.example/index.php"),),
            ),
            "oauth_version": Option(Enum, "1.0a"),
            "handshaker": Option(Enum, "native"),
            "executor_threads": Option(Integer, 12),
            "send_callback_url": Option(Bool, False),
            "allowed_wiki_groups": Option(Set, set()),
            "admin_wiki_groups": Option(Set, set()),
            "deny_blocked_users": Option(Bool, True),
            "minimum_edit_count": Option(Integer, 0),
            "minimum_account_age_days": Option(Float, 0.0),
            "require_confirmed_email": Option(Bool, False),
            "keep_wiki_rights": Option(Bool, False),
        },
        defaults={
            "auth_state_groups_key": "MEDIAWIKI_USER_IDENTITY.groups",
            "login_service": "MediaWiki",
            "status_url": "https://www.wikimediastatus.net",
        },
        good={"client_secret": "a secret"},
        fixed=OF_GENERIC,
    ),
    "OktaOAuthenticator": OwnOptions(
        "oauth_user",
        own={
            "okta_domain": Option(Unicode, "", (({"OKTA_DOMAIN": "example.okta.com"}, "https://example.okta.com"),)),
            "authorization_server": Option(Unicode, "", (({"OKTA_AUTHORIZATION_SERVER": "default"}, "default"),)),
        },
        defaults={
            "status_url": "https://status.okta.com",
            "scope": ["openid", "profile", "email"],
            "username_claim": "preferred_username",
            "auth_state_groups_key": "oauth_user.groups",
            "merge_id_token_claims": True,
            "login_service": "Okta",
        },
        good={"okta_domain": "example.okta.com"},
        fixed=OF_GENERIC,
        client_variables="OKTA",
    ),
    "OpenShiftOAuthenticator": OwnOptions(
        "openshift_user",
        own={
            "openshift_url": Option(
                Unicode,
                "https://openshift.default.svc.cluster.local",
                (({"OPENSHIFT_URL": "https://api.example.org:6443"}, "https://api.example.org:6443"),),
            ),
            "openshift_auth_api_url": Option(Unicode, ""),
            "openshift_rest_api_url": Option(Unicode, "https://openshift.default.svc.cluster.local"),
        },
        old_names={"validate_cert": OldName(False, "validate_server_cert", False)},
        defaults={
            "userdata_url": "https://openshift.default.svc.cluster.local/apis/user.openshift.io/v1/users/~",
            "scope": ["user:info"],
            "username_claim": "metadata.name",
            "auth_state_groups_key": "openshift_user.groups",
            "login_service": "OpenShift",
        },
        fixed=OF_GENERIC,
        client_variables="OPENSHIFT",
    ),
    "ORCIDOAuthenticator": OwnOptions(
        "orcid_user",
        own={
            "orcid_url": Option(
                Unicode,
                "https://orcid.org",
                (({"ORCID_URL": "https://sandbox.orcid.org"}, "https://sandbox.orcid.org"),),
            ),
        },
        defaults={
            "issuer": "https://orcid.org",
            "scope": ["openid"],
            "username_claim": "sub",
            "revocation_url": "https://orcid.org/oauth/revoke",
            "login_service": "ORCID",
        },
        fixed=OF_GENERIC,
        client_variables="ORCID",
    ),
}
"""By the class's name."""

LOCAL = OwnOptions(
    "",
    own={
        "allowed_groups": Option(Set, set()),
        "minimum_uid": Option(Integer, 1000),
        "create_system_users": Option(Bool, False),
        "add_user_cmd": Option(List, ["adduser", "-q", "--gecos", '""', "--disabled-password"]),
        "uids": Option(Dict, {}),
    },
    old_names={"group_whitelist": OldName({"lab"}, "allowed_groups", {"lab"})},
)
"""The options of a `Local…` class in addition to those of its provider."""
