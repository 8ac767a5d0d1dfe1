"""CILogon: sign in with the account of a university, through one broker for thousands of identity providers.

The class is in `authenticator`; the rules for each identity provider are in `identity_providers`.
"""

from .authenticator import CILogonOAuthenticator, LocalCILogonOAuthenticator

__all__ = ["CILogonOAuthenticator", "LocalCILogonOAuthenticator"]
