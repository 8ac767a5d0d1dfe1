"""The keys of this Hub as the provider's client: `client_key_file`, which is read again after it has changed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from ...errors import ClientRefused, ConfigurationError
from ...protocol.client_keys import MAX_KEY_FILE, ClientKey, public_set, read_client_keys, sign
from ...protocol.fapi2 import permitted_signatures
from ..credential_files import credential_text, file_version, named_file
from .second_credential import Answer, choosing, chosen_by, sent_again

PREFER_FIRST_KEY_AFTER = 600.0
"""Seconds after which the first key signs again, although the provider knew only another one."""


class KeyOptions(Protocol):
    """The options that are read here. Their help is in `hub.options.client_keys`."""

    client_key_file: str
    security_profile: str
    log: Logger | LoggerAdapter[Any]


class KeyFile:
    """Private keys in a file, which is read again whenever the file has changed.

    If a changed file cannot be used, the former keys stay in use, and the log has an error: the file may be incomplete
    while it is being written.

    Parameters
    ----------
    option:
        The option that has the path, for errors: ``GenericOAuthenticator.client_key_file``.
    """

    def __init__(self, option: str, log: Logger | LoggerAdapter[Any]) -> None:
        self._option = option
        self._log = log
        self._path = ""
        self._version: tuple[int, ...] | None = None
        self._keys: tuple[ClientKey, ...] = ()

    def read(self, path: str) -> tuple[ClientKey, ...]:
        """The keys in the file at `path`, at least one.

        Raises
        ------
        ConfigurationError
            When the file cannot be read or used, and no keys of it are known from before.
        """
        if path != self._path:
            self._path, self._version, self._keys = path, None, ()
        version = file_version(path)
        if self._keys and version == self._version:
            return self._keys
        try:
            text = credential_text(self._option, path, MAX_KEY_FILE)
            self._keys = read_client_keys(text, named_file(self._option, path))
        except ConfigurationError as error:
            if not self._keys:
                raise
            self._log.error("%s. The Hub continues with the former keys.", error.detail)
        self._version = version
        return self._keys


class ClientKeys:
    """The keys of one authenticator's client.

    Parameters
    ----------
    name:
        The class of the authenticator, for errors.
    clock:
        Returns the time in seconds since the epoch.
    """

    def __init__(self, options: KeyOptions, name: str, clock: Callable[[], float] = lambda: time.time()) -> None:
        self._options = options
        self._name = name
        self._clock = clock
        self._other_accepted: tuple[str, str, float] | None = None  # its kid, the refused one's, and until when
        self._file = KeyFile(f"{name}.client_key_file", options.log)

    @property
    def are_configured(self) -> bool:
        """Whether the options name a file with keys, without reading it."""
        return bool(self._options.client_key_file)

    def signing_key(self) -> ClientKey:
        """The key that signs for this client, with its `kid` and its `algorithms`.

        It is the first signing key of the file, unless the provider has lately accepted only another key.

        Raises
        ------
        ConfigurationError
            When no option names a key, or the file cannot be used.
        """
        keys = self.signing_keys()
        wanted = chosen_by(self)
        if wanted is None and self._other_accepted is not None:
            kid, refused, until = self._other_accepted
            wanted = kid if refused == keys[0].kid and self._clock() < until else None
        return next((key for key in keys if key.kid == wanted), keys[0])

    def signing_keys(self) -> tuple[ClientKey, ...]:
        """All keys of the file that may sign, in its order, each with the algorithms that `security_profile` allows.

        Raises
        ------
        ConfigurationError
            As `signing_key` raises.
        """
        profile = self._options.security_profile
        keys = (replace(key, algorithms=permitted_signatures(profile, key.algorithms)) for key in self._all())
        usable = tuple(key for key in keys if key.algorithms)
        if not usable:
            under = f", for security_profile = {profile!r}, by PS256, ES256 or EdDSA" if profile else ""
            raise ConfigurationError(
                f"the file of {self._name}.client_key_file has no key that may sign{under}. "
                "Make one: oauthenticator-suite client-key FILE"
            )
        return usable

    def decryption_keys(self) -> tuple[ClientKey, ...]:
        """The keys for tokens that the provider has encrypted for this client: those of the use ``enc``.

        Raises
        ------
        ConfigurationError
            When a file cannot be used.
        """
        return tuple(key for key in self._all() if not key.algorithms) if self.are_configured else ()

    def sign(self, claims: Mapping[str, Any], *, typ: str, alg: str = "") -> str:
        """A JWT with these claims, signed with `signing_key`: see `protocol.client_keys.sign`.

        Raises
        ------
        ConfigurationError
            As `signing_key` raises, or when the key cannot be used with `alg`.
        """
        return sign(self.signing_key(), claims, typ=typ, alg=alg)

    async def authenticated(self, request: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to a request that this client signs; with another key, when the provider refuses the first one.

        During a rotation, a provider may not have fetched the new key yet.

        Raises
        ------
        ClientRefused
            When the provider refuses both keys, or the only one.
        SuiteError
            As `request` raises.
        """
        sent = self.signing_key()
        try:
            with choosing(self, sent.kid):  # also when the file changes before the request is signed
                return await request()
        except ClientRefused as error:
            other = next((key for key in self.signing_keys() if key.kid != sent.kid), None)
            if other is None or not error.credentials:
                raise
            return await sent_again(
                request,
                error,
                other=choosing(self, other.kid),
                accepted=lambda: self._accepted(other, sent),
                both_refused=f". The provider refuses the keys {sent.kid!a} and {other.kid!a} of client_key_file",
            )

    def _accepted(self, key: ClientKey, refused: ClientKey) -> None:
        self._other_accepted = key.kid, refused.kid, self._clock() + PREFER_FIRST_KEY_AFTER
        self._options.log.warning(
            "The provider refuses the key %a of %s.client_key_file and accepts %a. Does it know the new one? The Hub "
            "tries the first key again in %d minutes.",
            refused.kid,
            self._name,
            key.kid,
            PREFER_FIRST_KEY_AFTER // 60,
        )

    def public_set(self, others: Sequence[ClientKey] = ()) -> dict[str, Any]:
        """The JWK Set that this client publishes: the public parts of all its keys.

        Parameters
        ----------
        others:
            Keys of other files, which are published as well.

        Raises
        ------
        ConfigurationError
            When a file cannot be used.
        """
        own = self._all() if self.are_configured or not others else ()
        return public_set((*own, *others))

    def _all(self) -> tuple[ClientKey, ...]:
        if not self._options.client_key_file:
            raise ConfigurationError(
                f"c.{self._name}.client_key_file is not set, and this client needs a key. Make one: "
                "oauthenticator-suite client-key FILE"
            )
        return self._file.read(self._options.client_key_file)
