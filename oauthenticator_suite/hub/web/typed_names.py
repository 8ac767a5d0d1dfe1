"""Names that were typed into a sign-in form, for the log: an unknown name may be a password in the wrong field.

The name of a known account is logged. Anything else is logged as a keyed hash, so that an operator can tell whether two
attempts used the same name, and no one can read it, or try words without the Hub's cookie secret.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from jupyterhub.handlers import BaseHandler

from ...errors import DatabaseFailed
from ..database import database_access
from ..observe.events import hash_key_of, hashed_name

_OPTIONS = ("allowed_users", "admin_users", "blocked_users", "username_map")
_LONGEST = 255
"""Characters of a name of an account. JupyterHub's column has as many."""


class TypedName(NamedTuple):
    """A name from a form.

    Attributes
    ----------
    known:
        The username on the Hub of the account or the configured user that it means; empty if it may be anything else.
    hashed:
        The hash of any other name, in the form of `hash_event_usernames`; empty for a known one, and for an empty text.
    """

    known: str = ""
    hashed: str = ""

    def __str__(self) -> str:
        """For a line of the log: short, on one line, and in ASCII."""
        if self.known:
            return _short(self.known)
        return f"an unknown name (hash {self.hashed})" if self.hashed else "an empty name"


def typed_name(handler: BaseHandler, text: str) -> TypedName:
    """What may be logged of a name that was typed into the form of the handler's authenticator."""
    if not text:
        return TypedName()
    authenticator: Any = handler.authenticator
    name = _normalized(authenticator, text)
    if name and (_is_configured(authenticator, text, name) or _has_account(handler, name)):
        return TypedName(known=name)
    return TypedName(hashed=hashed_name(hash_key_of(handler.settings["cookie_secret"]), name or text))


def _normalized(authenticator: Any, text: str) -> str:
    """The username on the Hub of a user with this login; empty if no user can have it."""
    if len(text) > _LONGEST or not text.isprintable():
        return ""
    try:
        return str(authenticator.normalize_username(text))
    except Exception:  # noqa: BLE001 - an override need not expect a text that is not a name
        return ""


def _is_configured(authenticator: Any, text: str, name: str) -> bool:
    knows_name = getattr(authenticator, "knows_name", None)
    if knows_name is not None and knows_name(text):
        return True
    return any(one in getattr(authenticator, option, ()) for option in _OPTIONS for one in (text, name))


def _has_account(handler: BaseHandler, name: str) -> bool:
    try:
        with database_access(handler.db, "the account of a failed login"):
            user = handler.find_user(name)
            return user is not None and user.name == name  # not what the database takes for equal
    except DatabaseFailed:
        return False


def _short(name: str) -> str:
    text = ascii(name[:32])
    if len(text) > 60:
        text = f"{text[:60]}..."
    return text if len(name) <= 32 else f"{text} ({len(name)} characters)"
