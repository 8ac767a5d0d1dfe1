"""The public API for authors of providers and plug-ins. Their code imports from this module only.

The names in this module are stable; other modules may be renamed or moved between releases. The Python API reference
documents them. Each name is loaded when it is first used, so importing this module is cheap. This module defines no
its own classes or functions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import AccessDenied as AccessDenied
    from .errors import ConfigurationError as ConfigurationError
    from .errors import IdentityError as IdentityError
    from .errors import InvalidResponse as InvalidResponse
    from .errors import SuiteError as SuiteError
    from .errors import TokenResponseError as TokenResponseError
    from .errors import TransportError as TransportError
    from .hub.accounts.account_login import SignedInHandler as SignedInHandler
    from .hub.base.authenticator import SuiteAuthenticator as SuiteAuthenticator
    from .hub.logout.handlers import OAuthLogoutHandler as OAuthLogoutHandler
    from .hub.logout.handlers import SuiteLogoutHandler as SuiteLogoutHandler
    from .hub.oauth.authenticator import OAuthenticator as OAuthenticator
    from .hub.oauth.login_handlers import OAuthCallbackHandler as OAuthCallbackHandler
    from .hub.oauth.login_handlers import OAuthLoginHandler as OAuthLoginHandler
    from .hub.oauth.memberships import Found as Found
    from .hub.oauth.memberships import all_of as all_of
    from .hub.oauth.memberships import side_by_side as side_by_side
    from .hub.oauth.user_api import ApiRefusal as ApiRefusal
    from .hub.oauth.user_api import UserApi as UserApi
    from .hub.oauth.user_api import unless_refused as unless_refused
    from .hub.options.declaration import Claims as Claims
    from .hub.options.declaration import Endpoints as Endpoints
    from .hub.options.template import from_environment as from_environment
    from .hub.options.trait_types import URL as URL
    from .hub.options.trait_types import EnvBool as EnvBool
    from .hub.options.trait_types import EnvUnicode as EnvUnicode
    from .hub.options.trait_types import Grants as Grants
    from .hub.options.trait_types import HostURL as HostURL
    from .hub.options.trait_types import NamesInClaim as NamesInClaim
    from .hub.options.trait_types import Renamed as Renamed
    from .hub.options.trait_types import rule as rule
    from .hub.unix.identity import in_unix_groups as in_unix_groups
    from .hub.unix.local_users import LocalUsers as LocalUsers
    from .hub.web.pages import guarded as guarded
    from .hub.web.paths import Paths as Paths
    from .hub.web.sign_in_form import sign_in_form as sign_in_form
    from .local.password_hashes import Verifier as Verifier
    from .local.password_hashes import hash_password as hash_password
    from .local.password_hashes import is_hash as is_hash
    from .local.simple import SimpleAuthenticator as SimpleAuthenticator
    from .policy.access import Rule as Rule
    from .policy.access import Unknown as Unknown
    from .policy.claims import find_claim as find_claim
    from .policy.claims import names_in as names_in
    from .policy.claims import wanted_among as wanted_among
    from .policy.identity import Identity as Identity
    from .policy.profile import ProfileClaims as ProfileClaims
    from .policy.restrictions import verified_email as verified_email
    from .policy.unknown import cut_off as cut_off

_MODULES = {
    # base classes
    "OAuthenticator": "hub.oauth.authenticator",
    "SuiteAuthenticator": "hub.base.authenticator",
    "SimpleAuthenticator": "local.simple",
    "LocalUsers": "hub.unix.local_users",
    # the declaration of a provider
    "Endpoints": "hub.options.declaration",
    "Claims": "hub.options.declaration",
    "ProfileClaims": "policy.profile",
    # options
    "URL": "hub.options.trait_types",
    "EnvUnicode": "hub.options.trait_types",
    "EnvBool": "hub.options.trait_types",
    "Grants": "hub.options.trait_types",
    "HostURL": "hub.options.trait_types",
    "NamesInClaim": "hub.options.trait_types",
    "Renamed": "hub.options.trait_types",
    "rule": "hub.options.trait_types",
    "from_environment": "hub.options.template",
    # access rules
    "Identity": "policy.identity",
    "Rule": "policy.access",
    "Unknown": "policy.access",
    "in_unix_groups": "hub.unix.identity",
    "verified_email": "policy.restrictions",
    # requests to a provider's API
    "UserApi": "hub.oauth.user_api",
    "ApiRefusal": "hub.oauth.user_api",
    "unless_refused": "hub.oauth.user_api",
    "Found": "hub.oauth.memberships",
    "all_of": "hub.oauth.memberships",
    "side_by_side": "hub.oauth.memberships",
    "wanted_among": "policy.claims",
    "names_in": "policy.claims",
    "find_claim": "policy.claims",
    "cut_off": "policy.unknown",
    # pages
    "Paths": "hub.web.paths",
    "guarded": "hub.web.pages",
    "SignedInHandler": "hub.accounts.account_login",
    "OAuthLoginHandler": "hub.oauth.login_handlers",
    "OAuthCallbackHandler": "hub.oauth.login_handlers",
    "OAuthLogoutHandler": "hub.logout.handlers",
    "SuiteLogoutHandler": "hub.logout.handlers",
    "sign_in_form": "hub.web.sign_in_form",
    # passwords
    "Verifier": "local.password_hashes",
    "hash_password": "local.password_hashes",
    "is_hash": "local.password_hashes",
    # errors
    "SuiteError": "errors",
    "AccessDenied": "errors",
    "ConfigurationError": "errors",
    "IdentityError": "errors",
    "InvalidResponse": "errors",
    "TokenResponseError": "errors",
    "TransportError": "errors",
}
"""The module of each public name, relative to this package."""

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __package__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
