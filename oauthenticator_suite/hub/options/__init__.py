"""The options that several authenticators share: each declared once, with its help text and its default.

Here belong options, the trait types they use, and what a provider's class declares (`declaration`). Behaviour does not:
an option's effect is written where the work is done, in `hub.oauth`, `hub.refresh` and so on.

Read first: `trait_types`, then `declaration`.
"""

from .access import AccessOptions
from .claims import ClaimOptions
from .declaration import Claims, Endpoints
from .oauth import OAuthOptions
from .session import SessionOptions

__all__ = [
    "AccessOptions",
    "ClaimOptions",
    "Claims",
    "Endpoints",
    "OAuthOptions",
    "SessionOptions",
]
