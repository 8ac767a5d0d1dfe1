"""Several providers on one Hub: `MultiAuthenticator` and its child authenticators.

- `authenticator`: `MultiAuthenticator`, which the Hub calls. It delegates to the child that the user signs in with.
- `web`: the sign-in page with all providers, and the URLs of each child.
- `startup`: reads the children's configuration, creates them, and refuses combinations that cannot be right.
- `child`: the classes that turn an authenticator into a child, for this package's classes and those of other packages.
- `account_owner`: which child an account belongs to.

Imports run downward in this list. Read first: `authenticator.py`.
"""

from .authenticator import MultiAuthenticator

__all__ = ["MultiAuthenticator"]
