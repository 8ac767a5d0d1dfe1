"""MediaWiki, and with it Wikimedia: OAuth 1.0a as Extension:OAuth speaks it, or OAuth 2.0."""

from .authenticator import LocalMWOAuthenticator, MWOAuthenticator

__all__ = ["LocalMWOAuthenticator", "MWOAuthenticator"]
