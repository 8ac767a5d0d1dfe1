"""Creation of a child's class.

The operator's class is not modified. The child's class inherits from it and from a mixin in `suite` or `foreign`. It
has the same name, so that its configuration sections and log lines stay the same.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.auth import Authenticator

from ...hub.base.authenticator import SuiteAuthenticator
from ...hub.oauth.authenticator import OAuthenticator
from ...hub.web.paths import Paths
from .base import Seat
from .foreign import ForeignChild
from .suite import OAuthChild, SuiteChild


def class_of_child(cls: type[Authenticator], seat: Seat) -> type[Authenticator]:
    """Return the class of a child of type `cls`, at the place `seat`."""
    kind: type = ForeignChild
    body: dict[str, Any] = {"__module__": cls.__module__, "__doc__": cls.__doc__, "seat": seat}
    if issubclass(cls, SuiteAuthenticator):
        kind = OAuthChild if issubclass(cls, OAuthenticator) else SuiteChild
        body["paths"] = Paths.below(seat.path)
    return type(cls.__name__, (kind, cls), body)
