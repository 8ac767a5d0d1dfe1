"""A strict OpenID provider on a free loopback port, in the test's own event loop, with faults on request.

::

    async with FakeProvider() as provider:
        provider.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        provider.user = "alice"                       # the user who is signed in when a browser arrives
        provider.faults.on("F44")                     # from now on: signatures that cannot be verified
        provider.faults.on("F15", at="token", times=1)  # and the next token request gets an HTML page with status 500
        ...
        assert provider.count("token") == 1

It refuses every incorrect request: see `rules.py` for the rules, and `faults.py` for the faults.
"""

from .faults import FAULTS, HTTP_FAULTS, LOGOUT_FAULTS, Fault, Faults
from .keys import IDTokenDraft, SigningKeys
from .logout import LogoutAnswer
from .records import Call, Reply
from .rules import Refused, Registration
from .server import FakeProvider

__all__ = [
    "FAULTS",
    "HTTP_FAULTS",
    "LOGOUT_FAULTS",
    "Call",
    "FakeProvider",
    "Fault",
    "Faults",
    "IDTokenDraft",
    "LogoutAnswer",
    "Refused",
    "Registration",
    "Reply",
    "SigningKeys",
]
