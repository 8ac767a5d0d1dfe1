"""Any OpenID Connect or OAuth 2.0 provider, described by options, and presets of these options for known providers.

A provider is a preset if data describe it: its URLs, claims, scopes and settings. It is a separate class if it needs
code, such as requests for memberships.

Read first: `authenticator`. `presets` is the table of the known providers, `preset` describes its rows, `preset_checks`
are the start-up checks, and `explained` adds a provider's hints to the errors of a login.
"""

from .authenticator import GenericOAuthenticator, LocalGenericOAuthenticator

__all__ = ["GenericOAuthenticator", "LocalGenericOAuthenticator"]
