"""What makes an authenticator one of several: its own URLs, its own names, and nobody else's accounts.

An authenticator's class is not changed: a child's is made of it and of the one in `ours` or `foreign` that is for it,
under the same name, so that its sections of the configuration and its lines in the log are as ever.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.auth import Authenticator

from ...hub.base.authenticator import SuiteAuthenticator
from ...hub.oauth.authenticator import OAuthenticator
from ...hub.web.paths import Paths
from .base import Seat
from .foreign import ForeignOfSeveral
from .suite import OAuthOfSeveral, OursOfSeveral


def class_of_child(cls: type[Authenticator], seat: Seat) -> type[Authenticator]:
    """The class of the child that is `cls` at this place among several."""
    kind: type = ForeignOfSeveral
    body: dict[str, Any] = {"__module__": cls.__module__, "__doc__": cls.__doc__, "seat": seat}
    if issubclass(cls, SuiteAuthenticator):
        kind = OAuthOfSeveral if issubclass(cls, OAuthenticator) else OursOfSeveral
        body["paths"] = Paths.below(seat.path)
    return type(cls.__name__, (kind, cls), body)
