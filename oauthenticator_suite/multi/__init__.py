"""Several ways to sign in on one Hub: `MultiAuthenticator`.

`making` makes them: `entries` reads what the configuration lists, `sections` gives each way its own part of it,
`child` (with `seats`, `ours`, `foreign`) makes an authenticator one of several, and `checks` refuses what cannot be
right between them. `accounts` knows whose account is whose. `routes` says where they answer: `page` is what all have
together, `handlers` and `foreign_handlers` are the requests of each. `authenticator` is what the Hub talks to.
"""

from .authenticator import MultiAuthenticator

__all__ = ["MultiAuthenticator"]
