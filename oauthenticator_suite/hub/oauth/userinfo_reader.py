"""Reading userinfo responses: JSON, or a token that is signed and may be encrypted (OpenID Connect Core 1.0 §5.3.2)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Protocol

from ...errors import InvalidResponse, InvalidToken
from ...protocol.id_token import Expectations, IDToken
from ...protocol.messages import Response
from ...protocol.userinfo import check_userinfo_status, process_userinfo_response
from ...protocol.userinfo_token import (
    JWT,
    MAX_USERINFO_TOKEN_BYTES,
    about_userinfo,
    check_userinfo_token,
    userinfo_token,
)
from .client_secrets import ClientSecrets
from .encrypted_tokens import EncryptedTokens
from .issuer import Issuer


class UserinfoOptions(Protocol):
    """The options that are read here. Their help is in `hub.options`."""

    issuer: str
    userinfo_signed_response_alg: set[str]
    userinfo_encrypted_response_alg: set[str]


class UserinfoReader:
    """Reads the userinfo responses of one provider."""

    def __init__(
        self,
        options: UserinfoOptions,
        issuer: Callable[[], Issuer],
        expectations: Callable[[], Expectations],
        secrets: ClientSecrets,
        encrypted: EncryptedTokens,
    ) -> None:
        self._options = options
        self._issuer = issuer
        self._expectations = expectations
        self._secrets = secrets
        self._encrypted = encrypted

    @property
    def accept(self) -> str:
        """The media types to ask for: some providers choose by them between JSON and a token."""
        options = self._options
        demanded = options.userinfo_signed_response_alg or options.userinfo_encrypted_response_alg
        return f"{JWT}, application/json" if demanded else "application/json"

    async def read(self, response: Response, other_types: Collection[str] = ()) -> dict[str, Any]:
        """The user's data in a userinfo response.

        Parameters
        ----------
        other_types:
            Media types other than JSON's under which this provider sends JSON.

        Raises
        ------
        InvalidToken
            When a signed response does not pass a check, or the response is not signed or not encrypted although that
            is demanded.
        TokenResponseError, TransportError
            See `process_userinfo_response`.
        """
        options, is_token = self._options, response.media_type == JWT
        is_demanded = options.userinfo_signed_response_alg or options.userinfo_encrypted_response_alg
        if not (is_token or is_demanded):
            return process_userinfo_response(response, other_types)
        check_userinfo_status(response)
        if not is_token:
            raise InvalidToken("signature", "userinfo: not signed or not encrypted, which the options demand")
        with about_userinfo():
            return await self._verified(userinfo_token(response))

    async def _verified(self, raw: str) -> dict[str, Any]:
        options, issuer = self._options, self._issuer()
        if not issuer.can_verify:
            raise InvalidResponse("userinfo: the response is signed, and no keys are known: set issuer or jwks_url")
        raw = self._encrypted.signed(
            raw, options.userinfo_encrypted_response_alg, label="userinfo", max_bytes=MAX_USERINFO_TOKEN_BYTES
        )
        expected = self._expectations()
        if options.userinfo_signed_response_alg:
            expected = replace(expected, algorithms=frozenset(options.userinfo_signed_response_alg))
        return await issuer.verify(
            IDToken.parse(raw, MAX_USERINFO_TOKEN_BYTES),
            replace(expected, issuer=options.issuer or None),
            self._secrets.for_signatures,
            check_userinfo_token,
        )
