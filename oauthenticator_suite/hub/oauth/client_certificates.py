"""The certificates of this Hub as the provider's client: when they expire, and whether they can be used."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from cryptography import x509

from ...errors import ConfigurationError
from ...protocol.client_keys import MAX_KEY_FILE, expiry_of, read_certificates
from ..credential_files import read_credential_file
from .client_keys import ClientKeys
from .expiry import Ending, ending

RENEW_CERTIFICATE = "Renew it. The Hub uses the renewed file without a restart"
"""What to do about it."""


class CertificateOptions(Protocol):
    """The options that are read here. Their help is in `hub.options`."""

    client_certificate_file: str
    client_key_file: str
    http_request_kwargs: dict[str, Any]
    log: Logger | LoggerAdapter[Any]


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate of this client: the option whose file has it, and its end in seconds since the epoch."""

    option: str
    expires_at: float


class ClientCertificates:
    """The certificates of one authenticator's client.

    Parameters
    ----------
    name:
        The class of the authenticator, for the log.
    clock:
        Returns the time in seconds since the epoch.
    """

    def __init__(
        self, options: CertificateOptions, name: str, keys: ClientKeys, clock: Callable[[], float] = lambda: time.time()
    ) -> None:
        self._options = options
        self._name = name
        self._keys = keys
        self._clock = clock

    @property
    def option(self) -> str:
        """The option that has the certificate for TLS."""
        return "client_certificate_file" if self._options.client_certificate_file else "http_request_kwargs"

    @property
    def path(self) -> str:
        """The file of the certificate for TLS; an empty string without one."""
        given = self._options.http_request_kwargs.get("client_cert") or ""
        return str(self._options.client_certificate_file or given)

    def own(self) -> list[x509.Certificate]:
        """The certificate for TLS, as its file is now; an empty list without one, or when it cannot be read."""
        if not self.path:
            return []
        try:
            return read_certificates(_text_of(self.path), "the certificate")[:1]  # others are of its authorities
        except ConfigurationError:
            return []  # the start-up check and the transport report it

    def found(self) -> list[ClientCertificate]:
        """The certificates of the options, as their files are now. A file that cannot be used has none."""
        found = [ClientCertificate(self.option, expiry_of(certificate)) for certificate in self.own()]
        try:
            if self._keys.are_configured:
                key = self._keys.signing_key()
                found += [ClientCertificate("client_key_file", key.expires_at)] if key.expires_at is not None else []
        except ConfigurationError:
            pass  # the check `client-key` reports it
        return found

    @property
    def are_configured(self) -> bool:
        """Whether the options name a file that may have a certificate."""
        return bool(self.path) or self._keys.are_configured

    def endings(self) -> list[Ending]:
        """The certificates that expire soon or have expired."""
        now = self._clock()
        found = (ending(each.option, each.expires_at, now, noun="has a certificate that") for each in self.found())
        return [each for each in found if each is not None]


def _text_of(path: str) -> str:
    """The text of a PEM file; an empty string when it cannot be read."""
    try:
        return read_credential_file(path, 16 * MAX_KEY_FILE).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""
