"""MediaWiki with Extension:OAuth, such as Wikimedia's wikis: OAuth 1.0a or OAuth 2.0.

Read first: `authenticator`. `messages` has the requests and responses of OAuth 1.0a, `handshake` and `library` send
them, `flow` begins and ends the login in the browser.
"""

from ... import environment as _environment

_environment.demand(_environment.OF_MEDIAWIKI, "MWOAuthenticator")

from .authenticator import LocalMWOAuthenticator, MWOAuthenticator  # noqa: E402 - fails if they are missing

__all__ = ["LocalMWOAuthenticator", "MWOAuthenticator"]
