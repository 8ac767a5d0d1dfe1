"""Configurations of the kind that operators run: each starts without an error and without a warning."""

import logging

import pytest
from traitlets.config import Config

from oauthenticator_suite.hub.findings.finding import ERROR, WARNING, find
from oauthenticator_suite.local.password_hashes import hash_password
from tests.support.entry_points import ENTRY_POINTS

pytestmark = pytest.mark.hub_versions

CALLBACK = {"oauth_callback_url": "https://hub.example.org/hub/oauth_callback"}
CLIENT = {"client_id": "hub", "client_secret": "a-secret", **CALLBACK}
STATE = {"enable_auth_state": True}

CONFIGURATIONS = {
    "a university, by groups": (
        "suite-generic",
        {
            "GenericOAuthenticator": {
                **CLIENT,
                **STATE,
                "issuer": "https://login.example.org/realms/main",
                "scope": ["openid", "profile", "email", "groups"],
                "manage_groups": True,
                "allowed_groups": {"hub-users", "Domain Users"},
                "admin_groups": {"hub-admins"},
            }
        },
    ),
    "a university, everyone": (
        "suite-generic",
        {
            "GenericOAuthenticator": {**CLIENT, "issuer": "https://login.example.org"},
            "Authenticator": {"allow_all": True, "admin_users": {"ada", "grace@example.org"}},
        },
    ),
    "plain OAuth 2.0": (
        "suite-generic",
        {
            "GenericOAuthenticator": {
                **CLIENT,
                "authorize_url": "https://login.example.org/authorize",
                "token_url": "https://login.example.org/token",
                "userdata_url": "https://login.example.org/me",
                "username_claim": "login",
                "allowed_users": ["ada", "bob smith"],
            }
        },
    ),
    "restricted claims": (
        "suite-generic",
        {
            "GenericOAuthenticator": {
                **CLIENT,
                **STATE,
                "issuer": "https://login.example.org",
                "required_claims": {"acr": ["gold", "silver"], "year": [2026]},
                "allow_all": True,
                "username_map": {"ada.lovelace@example.org": "ada"},
                "blocked_users": {"eve"},
            }
        },
    ),
    "options in the sections of base classes": (
        "suite-generic",
        {"OAuthenticator": {**CLIENT, "issuer": "https://login.example.org"}, "Authenticator": {"allow_all": True}},
    ),
    "roles": (
        "suite-generic",
        {
            "GenericOAuthenticator": {
                **CLIENT,
                **STATE,
                "issuer": "https://login.example.org",
                "manage_groups": True,
                "manage_roles": True,
                "auth_state_groups_key": "oauth_user.realm_access.roles",
                "group_roles": {"teachers": ["instructor", "course-editor"]},
                "allowed_groups": ["teachers", "students"],
            }
        },
    ),
    "GitHub organizations": (
        "suite-github",
        {
            "GitHubOAuthenticator": {
                **CLIENT,
                "scope": ["read:org", "user:email"],
                "allowed_organizations": {"jupyter", "jupyterhub:maintainers"},
                "admin_users": {"ada"},
            }
        },
    ),
    "GitHub names": ("suite-github", {"GitHubOAuthenticator": {**CLIENT, "allowed_users": {"ada", "bob-2"}}}),
    "GitHub Enterprise, everyone": (
        "suite-github",
        {"GitHubOAuthenticator": {**CLIENT, "github_url": "https://git.example.org", "allow_all": True}},
    ),
    "GitLab groups and projects": (
        "suite-gitlab",
        {
            "GitLabOAuthenticator": {
                **CLIENT,
                **STATE,
                "scope": ["openid", "read_api"],
                "gitlab_url": "https://git.example.org",
                "allowed_gitlab_groups": {"physics", "physics/lab-3"},
                "allowed_project_ids": [123, "456"],
            }
        },
    ),
    "Google Workspace": (
        "suite-google",
        {"GoogleOAuthenticator": {**CLIENT, "hosted_domain": ["example.org"], "allow_all": True}},
    ),
    "Google domains": (
        "suite-google",
        {"GoogleOAuthenticator": {**CLIENT, "allowed_hosted_domains": {"example.org", "lab.example"}}},
    ),
    "Forgejo": (
        "suite-forgejo",
        {
            "ForgejoOAuthenticator": {
                **CLIENT,
                "forgejo_url": "https://git.example.org",
                "allowed_organizations": {"physics"},
            }
        },
    ),
    "Wikimedia": (
        "suite-mediawiki",
        {
            "MWOAuthenticator": {
                "client_id": "key",
                "client_secret": "a-secret",
                "user_agent": "hub.example.org/1.0 (admin@example.org)",
                "allow_all": True,
                "minimum_edit_count": 100,
                "username_map": {"Ada Lovelace": "ada"},
            }
        },
    ),
    "a wiki of an institution": (
        "suite-mediawiki",
        {
            "MWOAuthenticator": {
                **CLIENT,
                "mw_index_url": "https://wiki.example.org/w/index.php",
                "oauth_version": "2.0",
                "allowed_wiki_groups": {"sysop", "lab members"},
                "admin_users": {"Ada_Lovelace"},
            }
        },
    ),
    "another hub": (
        "suite-jupyterhub",
        {
            "JupyterHubOAuthenticator": {
                **CLIENT,
                "client_id": "service-hub",
                "hub_url": "https://main.example.org",
                "manage_groups": True,
                "allowed_groups": {"course-1"},
            }
        },
    ),
    "a dictionary": (
        "suite-dictionary",
        {
            "DictionaryAuthenticator": {
                "passwords": {"ada": hash_password("a-secret"), "bob smith": hash_password("another")},
                "groups": {"teachers": ["ada"]},
                "manage_groups": True,
                "allow_all": True,
            }
        },
    ),
    "Unix users": ("suite-pam", {"PAMAuthenticator": {"allow_all": True, "admin_groups": {"root"}}}),
    "Unix users with the section of JupyterHub's class": (
        "suite-pam",
        {"LocalAuthenticator": {"create_system_users": False}, "Authenticator": {"allowed_users": {"root"}}},
    ),
    "Unix users from an OpenID provider": (
        "suite-local-generic",
        {
            "LocalGenericOAuthenticator": {**CLIENT, **STATE, "issuer": "https://login.example.org"},
            "LocalAuthenticator": {"create_system_users": True, "allowed_groups": {"root"}},
        },
    ),
    "a class for all providers, in the base sections": (
        "suite-gitlab",
        {
            "OAuthenticator": {**CLIENT, "scope": ["openid"], "auto_login": True, "allowed_scopes": ["openid"]},
            "Authenticator": {"auth_refresh_age": 600, "refresh_pre_spawn": True},
            "JupyterHub": {"bind_url": "http://:8000"},
            "Spawner": {"default_url": "/lab"},
            "KubeSpawner": {"image": "example/image"},
        },
    ),
    "SimpleAuthenticator for an operator's form": ("suite-simple", {"SimpleAuthenticator": {"allow_all": True}}),
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_it_starts_without_a_word(name, hub_log, monkeypatch):
    for variable in ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OIDC_ISSUER", "HOSTED_DOMAIN"):
        monkeypatch.delenv(variable, raising=False)
    entry_point, sections = CONFIGURATIONS[name]
    config = Config()
    for section, options in sections.items():
        config[section].update(options)
    cls = ENTRY_POINTS[entry_point]
    if entry_point == "suite-simple":  # whose own class allows no user
        cls = type("LabForm", (cls,), {"authenticate": lambda self, handler, data: data["username"]})
    authenticator = cls(config=config)
    found = [str(finding) for finding in find(authenticator, "start") if finding.severity in (ERROR, WARNING)]
    assert found == []
    assert hub_log.at_least(logging.WARNING) == []


def test_there_are_twenty():
    assert len(CONFIGURATIONS) >= 20
