"""Several ways to sign in on one Hub: `MultiAuthenticator`.

- `startup` reads the configuration of the children, builds them, and refuses combinations that cannot be right.
- `child` makes an authenticator one of several: our own classes, and classes of other packages.
- `web` has the page with all buttons, and each child's URLs.
- `account_owner` knows which child an account belongs to. `authenticator` is what the Hub talks to.

Read first: `authenticator.py`.
"""

from .authenticator import MultiAuthenticator

__all__ = ["MultiAuthenticator"]
