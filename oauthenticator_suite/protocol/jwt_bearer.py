"""The JWT bearer grant (RFC 7523 §2.1), which Google's service accounts use: a signed assertion replaces consent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from ..errors import ConfigurationError
from .messages import Request
from .urls import PlainHTTP, check_endpoint

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_LIFETIME = 3600
"""Lifetime of an assertion in seconds; the maximum that Google accepts."""

_MEMBERS = ("client_email", "private_key", "private_key_id")


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A Google service account: the parts of its key file that are needed to sign assertions."""

    client_email: str
    token_uri: str
    key_id: str
    key: RSAKey = field(repr=False)

    @classmethod
    def of(cls, key_file: Mapping[str, Any], what: str) -> ServiceAccount:
        """Read the content of a key file. `what` names its source in errors.

        Raises
        ------
        ConfigurationError
            If a member is missing or not usable. The detail names the member.
        """
        for name in _MEMBERS:
            if not isinstance(key_file.get(name), str) or not key_file[name]:
                raise ConfigurationError(f"{what}: {name} is missing: is it the JSON key of a service account?")
        token_uri = key_file.get("token_uri") or "https://oauth2.googleapis.com/token"
        check_endpoint(token_uri, f"{what}: token_uri", PlainHTTP.NEVER)
        try:
            key = RSAKey.import_key(key_file["private_key"])
        except (ValueError, JoseError) as error:
            raise ConfigurationError(f"{what}: private_key is not an RSA key in PEM format") from error
        return cls(key_file["client_email"], token_uri, key_file["private_key_id"], key)

    def token_request(self, *, subject: str, scope: str, now: float) -> Request:
        """The request for an access token that acts as `subject` with `scope`. `now` is in seconds since 1970."""
        claims = {
            "iss": self.client_email,
            "sub": subject,
            "scope": scope,
            "aud": self.token_uri,
            "iat": int(now),
            "exp": int(now) + ASSERTION_LIFETIME,
        }
        assertion = jwt.encode({"alg": "RS256", "kid": self.key_id}, claims, self.key)
        fields = {"grant_type": GRANT_TYPE, "assertion": assertion}
        return Request.form(self.token_uri, "token request of a service account", fields, {}, configured=True)
