"""The client's secrets: which one is sent, for how long it has been in use, and when it expires.

During a rotation there are two secrets: see `second_credential`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from logging import Logger, LoggerAdapter
from pathlib import Path
from typing import Any, Protocol

from ...errors import ClientRefused, ConfigurationError
from ...protocol.messages import Fields
from ..credential_files import credential_text, file_version, named_file
from ..options.client_types import stripped
from .expiry import Ending, ending
from .second_credential import Answer, choosing, chosen_by, sent_again

PREFER_CURRENT_AFTER = 3600.0
"""Seconds after which the Hub sends the current secret again, although the provider accepted the previous one."""

RENEW_SECRET = "Create a new one at the provider, and set it together with client_secret_expires_at"
"""What to do about a client secret that expires."""

MAX_SECRET_FILE = 65_536
"""Maximum size of a file with a secret, in bytes."""


class SecretOptions(Protocol):
    """The options that are read here. Their help is in `hub.options`."""

    client_secret: str
    client_secret_file: str
    previous_client_secret: str
    previous_client_secret_file: str
    client_secret_expires_at: float
    log: Logger | LoggerAdapter[Any]


class SecretFile:
    """A secret in a file, which is read again whenever the file has changed.

    Parameters
    ----------
    option:
        The option that has the path, for errors: ``GitHubOAuthenticator.client_secret_file``.
    optional:
        Whether a file that is missing or empty means that there is no secret.
    """

    def __init__(self, option: str, *, optional: bool = False) -> None:
        self._option = option
        self._optional = optional
        self._content: tuple[tuple[str, tuple[int, ...]], str] | None = None

    def read(self, path: str) -> str:
        """The secret in the file; an empty string when there is none and it is optional.

        Raises
        ------
        ConfigurationError
            When the file cannot be read, has no secret, or has several lines.
        """
        version = path, file_version(path)
        if self._content is None or self._content[0] != version:
            try:
                text = credential_text(self._option, path, MAX_SECRET_FILE)
            except ConfigurationError as error:
                if self._optional and isinstance(error.__cause__, FileNotFoundError):
                    return ""
                raise
            self._content = version, stripped(text.replace("\r", "\n"))
        secret, file = self._content[1], named_file(self._option, path)
        if not secret and not self._optional:
            raise ConfigurationError(f"{file} is empty")
        if len(secret) > MAX_SECRET_FILE:
            raise ConfigurationError(f"{file} has more than {MAX_SECRET_FILE} bytes: it is not a secret")
        if "\n" in secret:
            raise ConfigurationError(f"{file} has several lines: it must hold the secret and nothing else")
        return secret


class ClientSecrets:
    """The secrets of one authenticator's client.

    Parameters
    ----------
    name:
        The class of the authenticator, for errors.
    clock:
        Returns the time in seconds since the epoch.
    """

    def __init__(self, options: SecretOptions, name: str, clock: Callable[[], float] = lambda: time.time()) -> None:
        self._options = options
        self._name = name
        self._clock = clock
        self._file = SecretFile(f"{name}.client_secret_file")
        self._previous_file = SecretFile(f"{name}.previous_client_secret_file", optional=True)
        self._previous_accepted: tuple[str, str, float] | None = None  # the two secrets, and until when this counts
        self._current_accepted = ""
        self._unreadable = ""  # the last reason that was logged
        self._first_seen: tuple[str, float] | None = None

    # --- which secret ------------------------------------------------------------------------------------------------

    def current(self) -> str:
        """The client secret of the options; an empty string for a public client.

        Raises
        ------
        ConfigurationError
            When its file cannot be read, is empty, or has several lines.
        """
        if not self._options.client_secret_file:
            return str(self._options.client_secret)
        return self._file.read(self._options.client_secret_file)

    def previous(self) -> str:
        """The former secret; an empty string when there is none. A file that is missing or empty has none.

        Raises
        ------
        ConfigurationError
            When its file cannot be read, or has several lines.
        """
        if not self._options.previous_client_secret_file:
            return str(self._options.previous_client_secret)
        return self._previous_file.read(self._options.previous_client_secret_file)

    def in_use(self) -> str:
        """The secret to send: the current one, unless the provider has accepted only the previous one lately."""
        chosen = chosen_by(self)
        if chosen is not None:
            return chosen
        current = self.current()
        if self._previous_accepted is not None:
            previous, refused, until = self._previous_accepted
            if refused == current and self._clock() < until and previous == self._previous_or_none():
                return previous
        return current

    def others(self) -> list[str]:
        """The secret that is not in use, during a rotation."""
        other = self._other(self.in_use())
        return [other] if other else []

    def for_signatures(self) -> list[str]:
        """The keys for signatures by HMAC (OpenID Connect Core 1.0 §10.1): the secret in use, and the other one."""
        return [self.in_use(), *self.others()]

    def without(self, fields: Fields) -> dict[str, str | Sequence[str]]:
        """The fields of a request without a secret of this client, which is added when the request is sent."""
        if "client_secret" not in fields:
            return dict(fields)
        own = (self.in_use(), *self.others())
        return {name: value for name, value in fields.items() if name != "client_secret" or value not in own}

    async def authenticated(self, request: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to a request of this client; with the other secret, when the provider refuses the one in use.

        Parameters
        ----------
        request:
            Builds and sends the request, with `in_use`. It is called once, or twice.

        Raises
        ------
        ClientRefused
            When the provider refuses both secrets, or the only one.
        SuiteError
            As `request` raises.
        """
        if not (self._options.previous_client_secret or self._options.previous_client_secret_file):
            return await request()
        sent = self.in_use()
        try:
            with choosing(self, sent):  # also when a file changes before the request is built
                answer = await request()
        except ClientRefused as error:
            other = self._other(sent) if error.credentials else ""
            if not other:
                raise
            return await sent_again(
                request,
                error,
                other=choosing(self, other),
                accepted=lambda: self._accepted(other, sent),
                both_refused=". The provider refuses client_secret and previous_client_secret",
            )
        if self._other(sent) and sent == self.current():
            self._accepted_current(sent)
        return answer

    def _accepted(self, secret: str, refused: str) -> None:
        """Remember that the provider accepts `secret` and not `refused`, and log it."""
        log = self._options.log
        if secret == self.current():
            self._previous_accepted = None
            self._accepted_current(secret)
            return
        is_news = self._previous_accepted is None or self._previous_accepted[:2] != (secret, refused)
        self._previous_accepted = secret, refused, self._clock() + PREFER_CURRENT_AFTER
        self._current_accepted = ""
        write = log.warning if is_news else log.info
        write(
            "The provider refuses %s.client_secret and accepts previous_client_secret. The Hub sends that one from now "
            "on, and tries client_secret again in %d minutes.",
            self._name,
            PREFER_CURRENT_AFTER // 60,
        )

    def _accepted_current(self, secret: str) -> None:
        if self._current_accepted != secret:
            self._current_accepted = secret
            self._options.log.info(
                "The provider accepts %s.client_secret: previous_client_secret can be removed.", self._name
            )

    def _other(self, secret: str) -> str:
        """The other one of two secrets; an empty string when there is only one."""
        previous = self._previous_or_none()
        if not previous:
            return ""
        current = self.current()
        if not current or current == previous:
            return ""
        return previous if secret == current else current

    def _previous_or_none(self) -> str:
        """The former secret, for a request: if its file cannot be read, the other secret is still there."""
        try:
            return self.previous()
        except ConfigurationError as error:
            if error.detail != self._unreadable:
                self._unreadable = error.detail
                self._options.log.warning("%s", error.detail)
            return ""

    # --- its age and its end -----------------------------------------------------------------------------------------

    def seen(self, secret: str, at: float) -> None:
        """Note when the Hub has first seen the current secret, in seconds since the epoch."""
        self._first_seen = secret, at

    def age(self) -> float | None:
        """For how many seconds the current secret has been in use, at least; None when there is none.

        It counts from the last change of its file, or from the first start with it, whichever is longer ago.
        """
        try:
            secret = self.current()
        except ConfigurationError:
            return None
        if not secret:
            return None
        now = self._clock()
        if self._first_seen is None or self._first_seen[0] != secret:
            self._first_seen = secret, now
        since = [self._first_seen[1]]
        if self._options.client_secret_file:
            with suppress(OSError):
                since.append(Path(self._options.client_secret_file).stat().st_mtime)
        return max(0.0, now - min(since))

    def expires_in(self) -> float | None:
        """The seconds until the secret expires, negative after that; None when the end is not known."""
        expires_at = self._options.client_secret_expires_at
        return expires_at - self._clock() if expires_at else None

    def endings(self) -> list[Ending]:
        """The end of the secret, if it is known and near; at most one."""
        expires_at = self._options.client_secret_expires_at
        if not expires_at:
            return []
        end = ending("client_secret", expires_at, self._clock(), past=" once the provider refuses it")
        return [] if end is None else [end]
