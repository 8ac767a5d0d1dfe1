"""The TLS context of a transport, which is made again when a certificate or key file has been renewed."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from logging import Logger, LoggerAdapter
from typing import Any

from ...errors import ConfigurationError
from ..credential_files import file_version
from .settings import TransportSettings


class RenewedContext:
    """The TLS context for the next connection.

    A context is part of the identity of a connection, so that idle connections with an earlier certificate are not used
    again. Requests that are running keep theirs. If the renewed files cannot be used, the former context stays in
    use, and the log has an error: one of two files may not have been written yet.

    Raises
    ------
    ConfigurationError
        If a file of the settings cannot be used.
    """

    def __init__(self, settings: TransportSettings, log: Logger | LoggerAdapter[Any]) -> None:
        self._settings = settings
        self._log = log
        self._prepare: Callable[[ssl.SSLContext], None] | None = None
        files = (settings.ca_certs, settings.client_cert, settings.client_key)
        self._files = tuple(path for path in files if path is not None)
        self._versions = self._present()
        self._context = settings.tls_context()

    def current(self) -> ssl.SSLContext:
        """The context with the files as they are now."""
        versions = self._present() if self._files else ()
        if versions != self._versions:
            self._versions = versions
            try:
                self._context = self._new()
            except ConfigurationError as error:
                self._log.error("%s The Hub continues with the former certificate.", error.detail)
            else:
                self._log.info("The files of the TLS connections to providers have changed, and are used from now on")
        return self._context

    def prepare(self, change: Callable[[ssl.SSLContext], None]) -> None:
        """Apply `change` to this context and to all later ones, which no other transport shares."""
        self._prepare = change
        self._context = self._new()

    def _new(self) -> ssl.SSLContext:
        context = self._settings.tls_context(shared=self._prepare is None)
        if self._prepare is not None:
            self._prepare(context)
        return context

    def _present(self) -> tuple[tuple[int, ...], ...]:
        """What changes when one of the files is written or replaced."""
        return tuple(file_version(path) for path in self._files)
