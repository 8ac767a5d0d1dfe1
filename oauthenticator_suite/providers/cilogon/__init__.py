"""CILogon: sign in with the account of a university, through one broker for thousands of identity providers.

Read first: `authenticator`. `identity_providers` has the rules for each identity provider.
"""

from .authenticator import CILogonOAuthenticator, LocalCILogonOAuthenticator

__all__ = ["CILogonOAuthenticator", "LocalCILogonOAuthenticator"]
