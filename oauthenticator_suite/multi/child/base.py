"""What every one of several has in common: which of them it is, its line in the log, and its users' names."""

from __future__ import annotations

from dataclasses import dataclass
from logging import Logger, LoggerAdapter
from typing import TYPE_CHECKING, Any, ClassVar

from ...policy.username import why_not
from ..account_owner import Accounts

if TYPE_CHECKING:
    from jupyterhub.auth import Authenticator as _Any

    _LoggerAdapter = LoggerAdapter[Logger]
else:
    _Any = object
    _LoggerAdapter = LoggerAdapter  # which Python 3.10 cannot subscript


class _Prefixed(str):
    """A name that has got its prefix here. No text from outside is one, whatever it begins with."""

    __slots__ = ()


@dataclass(frozen=True)
class Seat:
    """Which of several an authenticator is. `prefix` stands before its users' names."""

    provider: str
    prefix: str
    alone_without_prefix: bool
    accounts: Accounts

    @property
    def path(self) -> str:
        """Below which, from the Hub's base URL, its URLs are."""
        return f"auth/{self.provider}"


class NamedLog(_LoggerAdapter):
    """The log of one of several: two may be of the same class."""

    def __init__(self, log: Logger, provider: str) -> None:
        super().__init__(log, {})
        self._provider = provider

    def process(self, msg: Any, kwargs: Any) -> tuple[Any, Any]:
        """The line, with the provider in front."""
        return f"{self._provider}: {msg}", kwargs


class OneOfSeveral(_Any):
    """Names: as the child knows them, with the prefix."""

    seat: ClassVar[Seat]

    @classmethod
    def section_names(cls) -> list[str]:
        """Each once, though the child's class and this one have the same name: else what is appended is so twice."""
        return list(dict.fromkeys(super().section_names()))

    def normalize_username(self, username: str) -> str:
        """As of the child, with the prefix; once, though some authenticators do this themselves before the Hub does."""
        prefix = self.seat.prefix
        if not prefix:
            return str(super().normalize_username(username))
        if isinstance(username, _Prefixed):
            return username
        return _Prefixed(prefix + str(super().normalize_username(username)))

    def validate_username(self, username: str) -> bool:
        """Whether the name has the child's prefix, and the rest is a name to the child.

        A name without a prefix may not look like one that has one.
        """
        prefix = self.seat.prefix
        if not username.startswith(prefix) or (self.seat.alone_without_prefix and ":" in username):
            return False
        own = username.removeprefix(prefix)
        return why_not(own) is None and bool(super().validate_username(own))
