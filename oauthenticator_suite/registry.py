"""The registry of the package's authenticator classes. A class is registered here and nowhere else.

`setup.py` derives the entry points from this table, and `oauthenticator_suite` derives its public names. Tests compare
the options reference, the documentation, the contract cases and the changelog with it.

This module imports only the standard library, because `setup.py` runs it before the dependencies are installed.
"""

from __future__ import annotations

from typing import NamedTuple

PACKAGE = "oauthenticator_suite"


class Registered(NamedTuple):
    """An authenticator class.

    Attributes
    ----------
    name:
        The class is registered with JupyterHub as the entry point ``suite-NAME``.
    cls:
        The name of the class. A provider's module also has a ``Local…`` class.
    module:
        The module, relative to this package.
    page:
        The page of the documentation in ``docs/how-to``, without its suffix.
    """

    name: str
    cls: str
    module: str
    page: str


PROVIDERS = (
    Registered("auth0", "Auth0OAuthenticator", "providers.auth0", "auth0"),
    Registered("azuread", "AzureAdOAuthenticator", "providers.entra", "entra"),
    Registered("bitbucket", "BitbucketOAuthenticator", "providers.bitbucket", "bitbucket"),
    Registered("cilogon", "CILogonOAuthenticator", "providers.cilogon", "cilogon"),
    Registered("cognito", "CognitoOAuthenticator", "providers.cognito", "cognito"),
    Registered("entra", "EntraOAuthenticator", "providers.entra", "entra"),
    Registered("forgejo", "ForgejoOAuthenticator", "providers.forgejo", "forgejo"),
    Registered("generic", "GenericOAuthenticator", "providers.generic", "openid-provider"),
    Registered("github", "GitHubOAuthenticator", "providers.github", "github"),
    Registered("gitlab", "GitLabOAuthenticator", "providers.gitlab", "gitlab"),
    Registered("globus", "GlobusOAuthenticator", "providers.globus", "globus"),
    Registered("google", "GoogleOAuthenticator", "providers.google", "google"),
    Registered("jupyterhub", "JupyterHubOAuthenticator", "providers.jupyterhub", "jupyterhub-as-provider"),
    Registered("keycloak", "KeycloakOAuthenticator", "providers.keycloak", "keycloak"),
    Registered("mediawiki", "MWOAuthenticator", "providers.mediawiki", "mediawiki"),
    Registered("okta", "OktaOAuthenticator", "providers.okta", "okta"),
    Registered("openshift", "OpenShiftOAuthenticator", "providers.openshift", "openshift"),
    Registered("orcid", "ORCIDOAuthenticator", "providers.orcid", "orcid"),
)
"""Sign-in at an OAuth provider. Each has a ``Local…`` class with the entry point ``suite-local-NAME``."""

OTHERS = (
    Registered("multi", "MultiAuthenticator", "multi", "several-at-once"),
    Registered("dictionary", "DictionaryAuthenticator", "local.dictionary", "users-in-a-dictionary"),
    Registered("pam", "PAMAuthenticator", "local.pam", "unix-users"),
    Registered("simple", "SimpleAuthenticator", "local.simple", "users-in-a-dictionary"),
)
"""Sign-in with a form of the Hub, and several ways to sign in on one Hub."""

BASE_CLASSES = {"OAuthenticator": "hub.oauth.authenticator", "SuiteAuthenticator": "hub.base.authenticator"}
"""Public classes without an entry point, and their modules."""


def classes() -> dict[str, tuple[str, str]]:
    """The module, relative to this package, and the class name of each entry point."""
    found = {f"suite-{entry.name}": (entry.module, entry.cls) for entry in (*PROVIDERS, *OTHERS)}
    return found | {f"suite-local-{entry.name}": (entry.module, f"Local{entry.cls}") for entry in PROVIDERS}


def entry_points() -> list[str]:
    """The entry points of the group ``jupyterhub.authenticators``, in the format of setuptools."""
    return [f"{name} = {PACKAGE}.{module}:{cls}" for name, (module, cls) in classes().items()]


def modules() -> dict[str, str]:
    """The module of each public class, relative to this package."""
    return BASE_CLASSES | {cls: module for module, cls in classes().values()}
