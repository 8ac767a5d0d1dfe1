"""Encrypted tokens of one provider: which keys of this Hub decrypt them, and whether they must be encrypted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from joserfc.jwk import Key

from ...errors import ConfigurationError, InvalidToken
from ...protocol.client_keys import ClientKey
from ...protocol.encryption import KEY_ALGORITHMS, can_decrypt, decrypt, is_encrypted
from ...protocol.id_token import MAX_TOKEN_BYTES
from .client_keys import ClientKeys, KeyFile


class DecryptionOptions(Protocol):
    """The options that are read here. Their help is in `hub.options.encryption`."""

    client_decryption_key_file: str
    id_token_encrypted_response_alg: set[str]
    log: Logger | LoggerAdapter[Any]


class EncryptedTokens:
    """Decrypts the tokens that a provider has encrypted for this Hub.

    Parameters
    ----------
    name:
        The class of the authenticator, for errors.
    client_keys:
        The keys of `client_key_file`, which may have keys that decrypt as well.
    """

    def __init__(self, options: DecryptionOptions, name: str, client_keys: ClientKeys) -> None:
        self._options = options
        self._option = f"{name}.client_decryption_key_file"
        self._file = KeyFile(self._option, options.log)
        self._client_keys = client_keys

    def keys(self) -> tuple[Key, ...]:
        """The private keys that decrypt; empty when no option names a file with one.

        Raises
        ------
        ConfigurationError
            When a file cannot be used.
        """
        return tuple(each.key for each in (*self.own_keys(), *self._client_keys.decryption_keys()))

    def own_keys(self) -> tuple[ClientKey, ...]:
        """The keys in `client_decryption_key_file`, whatever use they state; empty without the option.

        Raises
        ------
        ConfigurationError
            When the file cannot be used, or none of its keys can decrypt.
        """
        path = self._options.client_decryption_key_file
        if not path:
            return ()
        keys = tuple(replace(each, algorithms=()) for each in self._file.read(path) if can_decrypt(each.key))
        if not keys:
            raise ConfigurationError(f"the file of {self._option} has no key that can decrypt: it must be RSA or EC")
        return keys

    def signed(
        self,
        raw: str,
        algorithms: Collection[str] = (),
        *,
        is_demanded: bool = True,
        label: str = "ID token",
        max_bytes: int = MAX_TOKEN_BYTES,
    ) -> str:
        """The signed token in an encrypted one; a token that is not encrypted as it is. Neither is verified.

        Parameters
        ----------
        algorithms:
            The accepted algorithms, by one of which it must be encrypted; empty if it need not be.
        is_demanded:
            False for a token that may have been decrypted already.
        label:
            The kind of token, for errors.
        max_bytes:
            The maximum size of the signed token.

        Raises
        ------
        InvalidToken
            When it cannot be decrypted, or is not encrypted although that is demanded.
        ConfigurationError
            When the file with the keys cannot be used.
        """
        if not is_encrypted(raw):
            if algorithms and is_demanded:
                raise InvalidToken("encryption", f"{label}: not encrypted, which the options demand")
            return raw
        keys = self.keys()
        if not keys:
            raise InvalidToken(
                "encryption",
                f"{label}: encrypted (JWE), and this client has no key: set client_decryption_key_file, or have the "
                "provider not encrypt",
            )
        return decrypt(raw, keys, algorithms or KEY_ALGORITHMS, label=label, max_bytes=max_bytes)

    def with_signed_id_token(self, token_info: Mapping[str, Any], *, received: bool = True) -> dict[str, Any]:
        """A token response with the signed ID token in place of the encrypted one.

        The signed one is stored and sent as ``id_token_hint`` (OpenID Connect Core 1.0 §3.1.2.1), and can be read after
        the key has been replaced.

        Parameters
        ----------
        received:
            Whether the response has just arrived. Only then encryption may be demanded.

        Raises
        ------
        InvalidToken, ConfigurationError
            As for `signed`.
        """
        raw = token_info.get("id_token")
        if raw is None:
            return dict(token_info)
        signed = self.signed(raw, self._options.id_token_encrypted_response_alg, is_demanded=received)
        return {**token_info, "id_token": signed}

    def signed_logout_token(self, raw: str) -> str:
        """The signed logout token in an encrypted one. The keys and algorithms are those of ID tokens.

        OpenID Connect Back-Channel Logout 1.0 §2.5 and §2.6.

        Raises
        ------
        InvalidToken, ConfigurationError
            As for `signed`.
        """
        return self.signed(raw, self._options.id_token_encrypted_response_alg, label="logout token")
