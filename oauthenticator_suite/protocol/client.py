"""Client authentication at the token endpoint (RFC 6749 §2.3.1, RFC 7523, RFC 8705, OpenID Connect Core §9)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import quote_plus

from ..errors import ConfigurationError

ClientAuthMethod = Literal[
    "client_secret_basic",
    "client_secret_post",
    "none",
    "private_key_jwt",
    "client_secret_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
]
"""The supported values of ``token_endpoint_auth_method`` (RFC 7591 §2)."""

ASSERTION_METHODS = ("private_key_jwt", "client_secret_jwt")
"""The methods that send a signed assertion (OpenID Connect Core 1.0 §9)."""

TLS_METHODS = ("tls_client_auth", "self_signed_tls_client_auth")
"""The methods that use the certificate of the connection (RFC 8705 §2)."""

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""The value of ``client_assertion_type`` (RFC 7523 §2.2)."""


@dataclass(frozen=True, slots=True)
class Client:
    """The client's registration at one provider. The ``repr`` does not show the secret.

    Attributes
    ----------
    assertion:
        Returns a new assertion each time, for the methods `ASSERTION_METHODS`.

    Raises
    ------
    ConfigurationError
        If `client_id` is empty, a value is not text, or the authentication method is not supported.
    """

    client_id: str
    client_secret: str = field(default="", repr=False)
    auth_method: ClientAuthMethod = "client_secret_post"
    assertion: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the values, so that a wrong option is reported at start-up and not during a login."""
        if not _is_text(self.client_id) or not self.client_id:
            raise ConfigurationError("client_id is not set: the provider issues it when you register this hub")
        if not _is_text(self.client_secret):
            raise ConfigurationError("client_secret is not valid Unicode text")
        if self.auth_method not in get_args(ClientAuthMethod):
            raise ConfigurationError(f"client_auth_method must be one of {', '.join(get_args(ClientAuthMethod))}")
        if self.auth_method in ASSERTION_METHODS and self.assertion is None:
            raise ConfigurationError(f"client_auth_method = {self.auth_method!r} needs a key, a secret or a token file")

    def authenticate(self, fields: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """Add the client's credentials to the fields of a token request.

        A client must not use two methods in one request (RFC 6749 §2.3). ``client_secret_basic`` sends both credentials
        in the Authorization header, ``client_secret_post`` sends both in the body, and ``none`` sends only the
        client_id, in the body (§3.2.1). So do the methods of mutual TLS, where the certificate of the connection proves
        the rest (RFC 8705 §2). Those of a signed assertion send a new one with each call, so that a request that is
        sent again has another ``jti``. Credentials that are already in `fields` are replaced.

        Returns
        -------
        tuple
            The headers to add to the request, and the fields of its body.

        Raises
        ------
        ConfigurationError
            If `fields` contains other credentials, or the assertion cannot be made.
        """
        own = {"client_id": self.client_id, "client_secret": self.client_secret}
        if any(name in fields and fields[name] != value for name, value in own.items()):
            raise ConfigurationError("token_params must not contain another client_id or client_secret")
        body = {name: value for name, value in fields.items() if name not in own}
        if self.auth_method == "client_secret_basic":
            # §2.3.1: each part is form-encoded before they are joined, because the client_id may contain a colon.
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
            return {"Authorization": "Basic " + b64encode(pair.encode("ascii")).decode("ascii")}, body
        body["client_id"] = self.client_id
        if self.assertion is not None and self.auth_method in ASSERTION_METHODS:
            if "client_assertion" in fields:
                raise ConfigurationError("token_params must not contain another client_assertion")
            return {}, {**body, "client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()}
        # §2.3.1: the parameter may be left out when the secret is empty.
        if self.auth_method == "client_secret_post" and self.client_secret:
            body["client_secret"] = self.client_secret
        return {}, body


def _is_text(value: object) -> bool:
    """Whether `value` is a str that UTF-8 can encode. Environment variables may contain surrogates."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
