"""Configurations with the generic class."""

from __future__ import annotations

from typing import Any

from .case import Case, Outcome, named, spawner_environment
from .worlds import Auth0, Keycloak


def roles_in_id_token(keycloak: Keycloak) -> None:
    keycloak.user_claims_in_id_token = True
    keycloak.roles_claim = {"alice": ["Notebooks", "Admin"], "bob": ["Notebooks"]}


def scopes_of_the_tenant(auth0: Auth0) -> None:
    """An API of the tenant's own, whose scopes Auth0 grants to some users alone."""
    auth0.client.scopes |= {"lab", "lab:power"}
    auth0.granted = {"bob": {"lab", "lab:power"}, "alice": {"lab"}}


REALM = "https://sso.campus.example/realms/campus/protocol/openid-connect"
URLS = {
    "OAUTH2_AUTHORIZE_URL": f"{REALM}/auth",
    "OAUTH2_TOKEN_URL": f"{REALM}/token",
    "OAUTH2_USERDATA_URL": f"{REALM}/userinfo",
}


def at_keycloak(file: str, *people: str, **fields: Any) -> Case:
    return Case(file, "keycloak", people, **fields)


CASES = [
    at_keycloak(
        "keycloak.py",
        *("alice", "bob"),
        expected=named(admins="alice@example.org", alice="alice@example.org", bob="bob@example.org"),
    ),
    at_keycloak(
        "keycloak-groups.yaml",
        *("alice", "bob"),
        expected=Outcome(
            {"alice": "alice", "bob": None}, frozenset({"alice"}), {"alice": frozenset({"/lab", "/lab/staff"})}
        ),
    ),
    at_keycloak(
        "keycloak-id-token.yaml",
        *("alice", "bob", "carol"),
        prepare=roles_in_id_token,
        look=spawner_environment,
        expected=Outcome(
            {"alice": "alice", "bob": "bob", "carol": None},
            frozenset({"alice"}),
            {"alice": frozenset({"Notebooks", "Admin"}), "bob": frozenset({"Notebooks"})},
            {"alice": ["CAMPUS_GROUPS", "CAMPUS_ID_TOKEN"], "bob": ["CAMPUS_GROUPS", "CAMPUS_ID_TOKEN"]},
        ),
    ),
    at_keycloak(
        "generic-environment.py",
        *("alice", "bob"),
        environment={
            **URLS,
            "EXTRA_AUTHORIZE_PARAMS": "kc_idp_hint=campus,ui_locales=en",
            "SCOPE": "openid;profile",
            "ADMIN_USERS": "alice;dean",
        },
        look=spawner_environment,
        expected=Outcome({"alice": "alice", "bob": None}, frozenset({"alice", "dean"}), more={"alice": ["PROJECTS"]}),
    ),
    Case(
        "scope-as-groups.yaml",
        "auth0",
        ("alice", "bob", "carol"),
        prepare=scopes_of_the_tenant,
        look=spawner_environment,
        expected=Outcome(
            {"alice": "auth0|0a1b", "bob": "google-oauth2|1177", "carol": None},
            frozenset({"google-oauth2|1177"}),
            {
                "auth0|0a1b": frozenset({"openid", "offline_access", "lab"}),
                "google-oauth2|1177": frozenset({"openid", "offline_access", "lab", "lab:power"}),
            },
            {"auth0|0a1b": ["BOOTSTRAP_SETTINGS"], "google-oauth2|1177": ["BOOTSTRAP_SETTINGS"]},
        ),
    ),
]
