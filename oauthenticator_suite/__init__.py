"""Authenticators for JupyterHub: OpenID Connect, OAuth, and what universities and laboratories sign in with.

The public names are loaded when they are first used, so that importing the package costs next to nothing and a Hub
never imports a provider that it was not asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .hub.base.authenticator import SuiteAuthenticator
    from .hub.oauth.authenticator import OAuthenticator
    from .local.dictionary import DictionaryAuthenticator
    from .local.pam import PAMAuthenticator
    from .local.simple import SimpleAuthenticator
    from .multi import MultiAuthenticator
    from .providers.generic import GenericOAuthenticator, LocalGenericOAuthenticator
    from .providers.github import GitHubOAuthenticator, LocalGitHubOAuthenticator
    from .providers.gitlab import GitLabOAuthenticator, LocalGitLabOAuthenticator
    from .providers.google import GoogleOAuthenticator, LocalGoogleOAuthenticator
    from .providers.jupyterhub import JupyterHubOAuthenticator, LocalJupyterHubOAuthenticator
    from .providers.mediawiki import LocalMWOAuthenticator, MWOAuthenticator

__all__ = [
    "DictionaryAuthenticator",
    "GenericOAuthenticator",
    "GitHubOAuthenticator",
    "GitLabOAuthenticator",
    "GoogleOAuthenticator",
    "JupyterHubOAuthenticator",
    "LocalGenericOAuthenticator",
    "LocalGitHubOAuthenticator",
    "LocalGitLabOAuthenticator",
    "LocalGoogleOAuthenticator",
    "LocalJupyterHubOAuthenticator",
    "LocalMWOAuthenticator",
    "MWOAuthenticator",
    "MultiAuthenticator",
    "OAuthenticator",
    "PAMAuthenticator",
    "SimpleAuthenticator",
    "SuiteAuthenticator",
    "__version__",
]

_HOMES = {
    "OAuthenticator": ".hub.oauth.authenticator",
    "SuiteAuthenticator": ".hub.base.authenticator",
    "DictionaryAuthenticator": ".local.dictionary",
    "PAMAuthenticator": ".local.pam",
    "SimpleAuthenticator": ".local.simple",
    "GenericOAuthenticator": ".providers.generic",
    "GitHubOAuthenticator": ".providers.github",
    "GitLabOAuthenticator": ".providers.gitlab",
    "GoogleOAuthenticator": ".providers.google",
    "JupyterHubOAuthenticator": ".providers.jupyterhub",
    "LocalGenericOAuthenticator": ".providers.generic",
    "LocalGitHubOAuthenticator": ".providers.github",
    "LocalGitLabOAuthenticator": ".providers.gitlab",
    "LocalGoogleOAuthenticator": ".providers.google",
    "LocalJupyterHubOAuthenticator": ".providers.jupyterhub",
    "LocalMWOAuthenticator": ".providers.mediawiki",
    "MWOAuthenticator": ".providers.mediawiki",
    "MultiAuthenticator": ".multi",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
