"""Microsoft Entra ID, formerly Azure Active Directory.

Read first: `authenticator`. `errors` explains Microsoft's error codes, `startup_checks` the tenant, and `groups` reads
the groups of users who have too many of them for a token.
"""

from .authenticator import (
    AzureAdOAuthenticator,
    EntraOAuthenticator,
    LocalAzureAdOAuthenticator,
    LocalEntraOAuthenticator,
)

__all__ = [
    "AzureAdOAuthenticator",
    "EntraOAuthenticator",
    "LocalAzureAdOAuthenticator",
    "LocalEntraOAuthenticator",
]
