"""MediaWiki with Extension:OAuth, such as Wikimedia's wikis: OAuth 1.0a or OAuth 2.0.

Read first: `authenticator`. `messages` has the requests and responses of OAuth 1.0a, `handshake` and `library` send
them, `flow` begins and ends the login in the browser.
"""

from .authenticator import LocalMWOAuthenticator, MWOAuthenticator

__all__ = ["LocalMWOAuthenticator", "MWOAuthenticator"]
