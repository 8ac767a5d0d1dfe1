"""What becomes of the classes that a configuration derives from those of oauthenticator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...hub.base.startup_checks import SEALED
from ...hub.oauth import override_checks
from ...hub.oauth.older_methods import advice, never_called_on
from .reading import Method, Reading, Subclass
from .remarks import CHANGE, GONE, LOOK, STAYS

_HANDLERS = ("login_handler", "callback_handler", "logout_handler")
_DISCOURAGED = ("authenticate", "refresh_user", "check_blocked_users", "get_handlers")


def about_subclasses(readings: Sequence[Reading], class_of: Callable[[str], Any]) -> None:
    """Say for each overridden method whether it is called as there, changed, or stops the start."""
    for reading in readings:
        for subclass in reading.subclasses.values():
            cls = class_of(subclass.name)
            if cls is None:
                continue
            for name, method in subclass.methods.items():
                _about_method(reading, subclass, name, method, cls)
            for name in _HANDLERS:
                if name in subclass.attributes:
                    text = "state, cookies and checks of a login are not in the handler: review the class"
                    reading.say(subclass.attributes[name], LOOK, f"{subclass.name}.{name}", text)


def _about_method(reading: Reading, subclass: Subclass, name: str, method: Method, cls: Any) -> None:
    say, line, subject = reading.say, method.line, f"{subclass.name}.{name}"
    base = cls.__mro__[1]
    if name[:2] == "__":
        return
    if name in SEALED:
        say(line, GONE, subject, f"stops the start of the Hub. Use {SEALED[name]}")
    elif name in (never_called := never_called_on(cls)):
        reason, fix = advice(name, never_called[name])
        say(line, GONE, subject, f"stops the start of the Hub: {reason}. {fix}")
    elif name in override_checks.ARGUMENTS:
        arguments = override_checks.ARGUMENTS[name]
        if method.signature is not None and not _accepts(method, arguments):
            text = f"must accept ({', '.join(('self', *arguments))}): the Hub does not start"
            say(line, CHANGE, subject, text)
        else:
            say(line, STAYS, subject, "is called at the same stage")
    elif name in _DISCOURAGED:
        text = "is called, but state, cookies and the access decision work in another way: review it"
        say(line, LOOK, subject, text)
    elif hasattr(base, name):
        say(line, STAYS, subject, "overrides a method that this package has, too")


def _accepts(method: Method, arguments: Sequence[str]) -> bool:
    try:
        method.signature.bind(*arguments)  # type: ignore[union-attr]
    except TypeError:
        return False
    return True
