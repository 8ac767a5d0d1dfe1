"""The certificates of this Hub as the provider's client: when they expire, and whether they can be used."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from cryptography import x509

from ...errors import ConfigurationError
from ...protocol.client_keys import MAX_KEY_FILE, expiry_of, read_certificates
from ..credential_files import read_credential_file
from .client_keys import ClientKeys

ONE_DAY_OF_CERTIFICATES = 86_400.0
"""Seconds between two reminders."""

WARN_BEFORE_END = 30 * ONE_DAY_OF_CERTIFICATES
"""Seconds before its end from which the log warns of a certificate that expires."""

ERROR_BEFORE_END = 7 * ONE_DAY_OF_CERTIFICATES
"""Seconds before its end from which that is an error."""

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

    def end(self, now: float) -> str:
        """When it expires, as the rest of a sentence; an empty string when that is more than 30 days from `now`."""
        left = self.expires_at - now
        if left > WARN_BEFORE_END:
            return ""
        at = datetime.fromtimestamp(self.expires_at, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        if left <= 0:
            return f"has a certificate that expired on {at}: no user can sign in"
        days, hours = int(left // 86_400), int(left // 3600)
        rest = f"{days} days" if days > 1 else f"{hours} hours" if hours > 1 else f"{int(left // 60)} minutes"
        return f"has a certificate that expires in {rest}, on {at}: after that, no user can sign in"


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

    def expiring(self) -> list[tuple[ClientCertificate, str]]:
        """The certificates that expire soon or have expired, each with the rest of a sentence."""
        now = self._clock()
        return [(each, sentence) for each in self.found() if (sentence := each.end(now))]

    def watch(self, call_later: Callable[[float, Callable[[], None]], Any]) -> None:
        """Log once a day that a certificate expires soon. The start-up check says it when the Hub starts."""
        if self.path or self._keys.are_configured:
            call_later(ONE_DAY_OF_CERTIFICATES, lambda: self._remind(call_later))

    def _remind(self, call_later: Callable[[float, Callable[[], None]], Any]) -> None:
        log = self._options.log
        for certificate, sentence in self.expiring():
            left = certificate.expires_at - self._clock()
            write = log.error if left <= ERROR_BEFORE_END else log.warning
            write("c.%s.%s %s. %s.", self._name, certificate.option, sentence, RENEW_CERTIFICATE)
        self.watch(call_later)


def _text_of(path: str) -> str:
    """The text of a PEM file; an empty string when it cannot be read."""
    try:
        return read_credential_file(path, 16 * MAX_KEY_FILE).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""
