"""Authenticators for JupyterHub: OAuth, OpenID Connect, and accounts on the Hub's own server.

The public names are loaded when they are first used, so that importing the package is cheap and a Hub imports only the
providers that it uses. `registry` lists them. Authors of providers and plug-ins import from `extend`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import registry
from ._version import __version__

if TYPE_CHECKING:
    from .hub.base.authenticator import SuiteAuthenticator as SuiteAuthenticator
    from .hub.oauth.authenticator import OAuthenticator as OAuthenticator
    from .local.dictionary import DictionaryAuthenticator as DictionaryAuthenticator
    from .local.pam import PAMAuthenticator as PAMAuthenticator
    from .local.simple import SimpleAuthenticator as SimpleAuthenticator
    from .multi import MultiAuthenticator as MultiAuthenticator
    from .providers.auth0 import Auth0OAuthenticator as Auth0OAuthenticator
    from .providers.auth0 import LocalAuth0OAuthenticator as LocalAuth0OAuthenticator
    from .providers.bitbucket import BitbucketOAuthenticator as BitbucketOAuthenticator
    from .providers.bitbucket import LocalBitbucketOAuthenticator as LocalBitbucketOAuthenticator
    from .providers.cilogon import CILogonOAuthenticator as CILogonOAuthenticator
    from .providers.cilogon import LocalCILogonOAuthenticator as LocalCILogonOAuthenticator
    from .providers.cognito import CognitoOAuthenticator as CognitoOAuthenticator
    from .providers.cognito import LocalCognitoOAuthenticator as LocalCognitoOAuthenticator
    from .providers.entra import AzureAdOAuthenticator as AzureAdOAuthenticator
    from .providers.entra import EntraOAuthenticator as EntraOAuthenticator
    from .providers.entra import LocalAzureAdOAuthenticator as LocalAzureAdOAuthenticator
    from .providers.entra import LocalEntraOAuthenticator as LocalEntraOAuthenticator
    from .providers.forgejo import ForgejoOAuthenticator as ForgejoOAuthenticator
    from .providers.forgejo import LocalForgejoOAuthenticator as LocalForgejoOAuthenticator
    from .providers.generic import GenericOAuthenticator as GenericOAuthenticator
    from .providers.generic import LocalGenericOAuthenticator as LocalGenericOAuthenticator
    from .providers.github import GitHubOAuthenticator as GitHubOAuthenticator
    from .providers.github import LocalGitHubOAuthenticator as LocalGitHubOAuthenticator
    from .providers.gitlab import GitLabOAuthenticator as GitLabOAuthenticator
    from .providers.gitlab import LocalGitLabOAuthenticator as LocalGitLabOAuthenticator
    from .providers.globus import GlobusOAuthenticator as GlobusOAuthenticator
    from .providers.globus import LocalGlobusOAuthenticator as LocalGlobusOAuthenticator
    from .providers.google import GoogleOAuthenticator as GoogleOAuthenticator
    from .providers.google import LocalGoogleOAuthenticator as LocalGoogleOAuthenticator
    from .providers.jupyterhub import JupyterHubOAuthenticator as JupyterHubOAuthenticator
    from .providers.jupyterhub import LocalJupyterHubOAuthenticator as LocalJupyterHubOAuthenticator
    from .providers.keycloak import KeycloakOAuthenticator as KeycloakOAuthenticator
    from .providers.keycloak import LocalKeycloakOAuthenticator as LocalKeycloakOAuthenticator
    from .providers.mediawiki import LocalMWOAuthenticator as LocalMWOAuthenticator
    from .providers.mediawiki import MWOAuthenticator as MWOAuthenticator
    from .providers.okta import LocalOktaOAuthenticator as LocalOktaOAuthenticator
    from .providers.okta import OktaOAuthenticator as OktaOAuthenticator
    from .providers.openshift import LocalOpenShiftOAuthenticator as LocalOpenShiftOAuthenticator
    from .providers.openshift import OpenShiftOAuthenticator as OpenShiftOAuthenticator
    from .providers.orcid import LocalORCIDOAuthenticator as LocalORCIDOAuthenticator
    from .providers.orcid import ORCIDOAuthenticator as ORCIDOAuthenticator

_MODULES = registry.modules()

__all__ = [*sorted(_MODULES), "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
