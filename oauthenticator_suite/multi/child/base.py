"""The base of all child authenticators: the child's place among the others, its log, and its usernames."""

from __future__ import annotations

from dataclasses import dataclass
from logging import Logger, LoggerAdapter
from typing import TYPE_CHECKING, Any, ClassVar

from jupyterhub.auth import Authenticator
from jupyterhub.utils import url_path_join

from ...hub.base.authenticator import SuiteAuthenticator
from ...policy.username import MAX_USERNAME_LENGTH, why_not
from ..account_owner import Accounts

if TYPE_CHECKING:
    from jupyterhub.auth import Authenticator as _Authenticator

    _LoggerAdapter = LoggerAdapter[Logger]
else:
    _Authenticator = object
    _LoggerAdapter = LoggerAdapter  # Python 3.10 cannot subscript it


class _PrefixedName(str):
    """A username to which a child has added its prefix. Text from outside never has this type."""

    __slots__ = ()


@dataclass(frozen=True)
class Seat:
    """The place of a child in `MultiAuthenticator`.

    Attributes
    ----------
    provider:
        The name of the child in URLs, options and prefixes.
    prefix:
        The prefix of its usernames on the Hub, such as ``github:``; may be empty.
    alone_without_prefix:
        Whether all other children have a prefix and this one has none. Its usernames must then not contain a colon.
    accounts:
        The accounts of all children.
    """

    provider: str
    prefix: str
    alone_without_prefix: bool
    accounts: Accounts

    @property
    def path(self) -> str:
        """The path of the child's pages, below the Hub's base URL."""
        return f"auth/{self.provider}"


class NamedLog(_LoggerAdapter):
    """A log in which each line names the child, because two children may have the same class."""

    def __init__(self, log: Logger, provider: str) -> None:
        super().__init__(log, {})
        self._provider = provider

    def process(self, msg: Any, kwargs: Any) -> tuple[Any, Any]:
        """Return the message with the provider's name in front."""
        return f"{self._provider}: {msg}", kwargs


class ChildAuthenticator(_Authenticator):
    """The mixin of all children. It adds the prefix to usernames."""

    seat: ClassVar[Seat]

    @classmethod
    def section_names(cls) -> list[str]:
        """Return each configuration section once.

        The child's class and its base have the same name. Without this, values that a section appends to a list would
        be appended twice.
        """
        return list(dict.fromkeys(super().section_names()))

    def normalize_username(self, username: str) -> str:
        """Normalize as the child's class does, and add the prefix.

        The prefix is added once, even if the child's class normalizes a name before the Hub does.
        """
        prefix = self.seat.prefix
        if not prefix:
            return str(super().normalize_username(username))
        if isinstance(username, _PrefixedName):
            return username
        return _PrefixedName(prefix + str(super().normalize_username(username)))

    def validate_username(self, username: str) -> bool:
        """Whether the name has the child's prefix, and the child's class accepts the rest of the name.

        The database's limit holds for the name with the prefix.
        """
        prefix = self.seat.prefix
        if len(username) > MAX_USERNAME_LENGTH:
            return False
        if not username.startswith(prefix) or (self.seat.alone_without_prefix and ":" in username):
            return False
        own = username.removeprefix(prefix)
        return why_not(own) is None and bool(super().validate_username(own))


def has_form(child: Authenticator) -> bool:
    """Whether users sign in to the child with a username and password on a page of the Hub."""
    if isinstance(child, SuiteAuthenticator):
        return bool(child.signs_in_by_form)
    own_page = child.login_url("/") != url_path_join("/auth", child.seat.provider, "login")
    return not child.login_service and not own_page
