"""Google: consumer accounts, and Workspace domains with their groups."""

from .authenticator import GoogleOAuthenticator, LocalGoogleOAuthenticator

__all__ = ["GoogleOAuthenticator", "LocalGoogleOAuthenticator"]
