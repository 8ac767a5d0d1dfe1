"""The end of a secret or a certificate of this client: when the log warns of it, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from logging import Logger, LoggerAdapter
from typing import Any

ONE_DAY = 86_400.0

WARN_BEFORE = 30 * ONE_DAY
"""Seconds before its end from which the log warns of something that expires."""

ERROR_BEFORE = 7 * ONE_DAY
"""Seconds before its end from which that is an error."""

CallLater = Callable[[float, Callable[[], None]], Any]
"""Calls a function after a number of seconds, as the event loop does."""


@dataclass(frozen=True, slots=True)
class Ending:
    """An end that is near, or past.

    Attributes
    ----------
    option:
        The option that has the secret or the certificate.
    sentence:
        When it ends, as the rest of a sentence about the option.
    is_urgent:
        Whether it ends within a week, or has ended.
    """

    option: str
    sentence: str
    is_urgent: bool


def ending(option: str, expires_at: float, now: float, *, noun: str = "", past: str = "") -> Ending | None:
    """The end of the secret or the certificate of an option; None if it is more than 30 days from now.

    Parameters
    ----------
    expires_at, now:
        Times in seconds since the epoch.
    noun:
        What ends, in place of the option itself, such as ``has a certificate that``.
    past:
        What is added to the sentence about an end that is past.
    """
    left = expires_at - now
    if left > WARN_BEFORE:
        return None
    at = datetime.fromtimestamp(expires_at, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    if left <= 0:
        text = f"expired on {at}: no user can sign in{past}"
    else:
        days, hours = int(left // ONE_DAY), int(left // 3600)
        rest = f"{days} days" if days > 1 else f"{hours} hours" if hours > 1 else f"{int(left // 60)} minutes"
        text = f"expires in {rest}, on {at}: after that, no user can sign in"
    return Ending(option, f"{noun} {text}".lstrip(), left <= ERROR_BEFORE)


class ExpiryReminder:
    """Logs once a day what ends soon. The start-up checks say it when the Hub starts.

    Parameters
    ----------
    name:
        The class of the authenticator, for the log.
    endings:
        Returns what ends soon, as it is then.
    fix:
        What the operator should do about it.
    """

    def __init__(
        self,
        name: str,
        endings: Callable[[], Iterable[Ending]],
        fix: str,
        log: Logger | LoggerAdapter[Any],
        call_later: CallLater,
    ) -> None:
        self._name = name
        self._endings = endings
        self._fix = fix
        self._log = log
        self._call_later = call_later

    def start(self) -> None:
        """Look again each day from now on."""
        self._call_later(ONE_DAY, self._remind)

    def _remind(self) -> None:
        for each in self._endings():
            write = self._log.error if each.is_urgent else self._log.warning
            write("c.%s.%s %s. %s.", self._name, each.option, each.sentence, self._fix)
        self.start()
