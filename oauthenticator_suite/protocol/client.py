"""How this client proves to a token endpoint who it is (RFC 6749 §2.3.1, OpenID Connect Core §9)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import quote_plus

from ..errors import ConfigurationError

ClientAuthMethod = Literal["client_secret_basic", "client_secret_post", "none"]
"""The values of `token_endpoint_auth_method` (RFC 7591 §2) that are spoken here."""


@dataclass(frozen=True, slots=True)
class Client:
    """The client's registration at one provider. The secret does not show in the ``repr``.

    Raises
    ------
    ConfigurationError
        No client_id, a value that is not text, or an authentication method that is not known.
    """

    client_id: str
    client_secret: str = field(default="", repr=False)
    auth_method: ClientAuthMethod = "client_secret_post"

    def __post_init__(self) -> None:
        """Check the types, so that a wrong option speaks up at start-up and not within a login."""
        if not _is_text(self.client_id) or not self.client_id:
            raise ConfigurationError("client_id is not set: the provider gives it to you when you register this hub")
        if not _is_text(self.client_secret):
            raise ConfigurationError("client_secret is not valid Unicode text")
        if self.auth_method not in get_args(ClientAuthMethod):
            raise ConfigurationError(f"client_auth_method must be one of {', '.join(get_args(ClientAuthMethod))}")

    def authenticate(self, fields: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """The headers to add to a token request, and `fields` with what belongs in the body.

        A client must not use two methods in one request (RFC 6749 §2.3), so that each credential travels once:
        ``client_secret_basic`` has both in the Authorization header, ``client_secret_post`` has both in the body,
        ``none`` has the client_id alone in the body (§3.2.1). Credentials that `fields` holds already are replaced.

        Raises
        ------
        ConfigurationError
            `fields` holds credentials of another client.
        """
        own = {"client_id": self.client_id, "client_secret": self.client_secret}
        if any(name in fields and fields[name] != value for name, value in own.items()):
            raise ConfigurationError("token_params must not hold a client_id or client_secret of its own")
        body = {name: value for name, value in fields.items() if name not in own}
        if self.auth_method == "client_secret_basic":
            # §2.3.1: each part is form-encoded before the two are joined, or a colon in the id would split wrongly.
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
            return {"Authorization": "Basic " + b64encode(pair.encode("ascii")).decode("ascii")}, body
        body["client_id"] = self.client_id
        # §2.3.1: the parameter may be left out when the secret is empty.
        if self.auth_method == "client_secret_post" and self.client_secret:
            body["client_secret"] = self.client_secret
        return {}, body


def _is_text(value: object) -> bool:
    """Whether `value` is a str that UTF-8 can encode: environment variables may bring surrogates."""
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)
