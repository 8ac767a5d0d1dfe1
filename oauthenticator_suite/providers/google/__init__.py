"""Google: consumer accounts, and Workspace domains with their groups.

Read first: `authenticator`. `directory` reads groups with a service account; `predicates` are the access rules.
"""

from .authenticator import GoogleOAuthenticator, LocalGoogleOAuthenticator

__all__ = ["GoogleOAuthenticator", "LocalGoogleOAuthenticator"]
