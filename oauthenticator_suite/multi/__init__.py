"""Several ways to sign in on one Hub: `MultiAuthenticator`.

`entries` reads what the configuration lists, `sections` gives each way its own part of the configuration, `child` makes
an authenticator one of several, `accounts` knows whose account is whose, and `handlers` are the requests.
"""

from .authenticator import MultiAuthenticator

__all__ = ["MultiAuthenticator"]
