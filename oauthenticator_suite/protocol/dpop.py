"""Demonstrating proof of possession: tokens that only the holder of a key can use (DPoP, RFC 9449).

A proof is a JWT that states the request's method and URL and is signed with the client's key. The provider binds the
tokens of a login to the key of its token request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256, sha512
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ..errors import TokenResponseError
from . import base64url
from .messages import Request, Response
from .strict_json import members_of
from .text import for_log

ALGORITHM = "ES256"
"""The signature algorithm of all proofs (RFC 7518 §3.4)."""

SCHEME = "DPoP"
"""The token type, and the scheme of the Authorization header (§5, §7.1)."""

WRONG_PROOF = "invalid_dpop_proof"
"""The error code for a proof that the provider does not accept (§5, §7.1)."""

CLOCK_HINT = (
    "the provider does not accept the DPoP proof, which states the Hub's time: check the clocks of both, and that no "
    "proxy changes the URL of the request"
)
"""For the operator: the usual reasons for `WRONG_PROOF`."""

_JWK_MEMBERS = ("kty", "crv", "x", "y", "d")  # RFC 7518 §6.2; the last one is the private key
_NONCE_WANTED = "use_dpop_nonce"
# The number of points of the curve P-256 (SEC 2 §2.4.2). A private key is from 1 to one less.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# §8.1: NQCHAR of RFC 6749. The length is our limit.
_NONCE = re.compile(r"[!#-\[\]-~]{1,1024}")
# RFC 9110 §11.6.1: a challenge of this scheme with this error, among others.
_CHALLENGE = re.compile(r'(?:^|,)\s*DPoP\s(?:[^,]*,)*?\s*error\s*=\s*"?([a-z_]{1,64})"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ProofKey:
    """The private key of one login, on the curve P-256. The ``repr`` does not show it."""

    _key: ECKey = field(repr=False)

    @classmethod
    def from_seed(cls, seed: str) -> ProofKey:
        """The key that follows from a secret text with at least 256 bits of entropy.

        The text is hashed to 512 bits before it is reduced, so that all keys are equally likely (FIPS 186-5 §A.2.1).
        """
        number = int(sha512(b"DPoP key on P-256\n" + seed.encode()).hexdigest(), 16) % (_ORDER - 1) + 1
        private_key = ec.derive_private_key(number, ec.SECP256R1())
        return cls(ECKey.import_key(private_key))

    @classmethod
    def from_jwk(cls, jwk: object) -> ProofKey:
        """The key in a private JWK (RFC 7518 §6.2), as `as_jwk` returns it.

        Raises
        ------
        ValueError
            If it is not a private key on P-256. The message does not show it.
        """
        try:
            if isinstance(jwk, Mapping) and jwk.get("kty") == "EC":
                key = ECKey.import_key({name: str(jwk.get(name)) for name in _JWK_MEMBERS})
                if key.curve_name == "P-256":
                    return cls(key)
        except (JoseError, ValueError, TypeError, KeyError):
            pass
        raise ValueError("not a private key on P-256")

    def as_jwk(self) -> dict[str, str]:
        """The private key as a JWK. It is a secret."""
        private = self._key.as_dict(private=True)
        return {name: str(private[name]) for name in _JWK_MEMBERS}

    @property
    def thumbprint(self) -> str:
        """The SHA-256 thumbprint of the public key (RFC 7638): the value of ``dpop_jkt`` (§10) and ``cnf.jkt`` (§6)."""
        return self._key.thumbprint()

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A proof with these claims, and with the public key in its header (§4.2)."""
        public = {name: value for name, value in self.as_jwk().items() if name != "d"}
        header: dict[str, Any] = {"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": public}
        return jwt.encode(header, dict(claims), self._key)


def with_proof(
    request: Request,
    key: ProofKey,
    *,
    now: float,
    identifier: str,
    nonce: str | None = None,
    access_token: str | None = None,
) -> Request:
    """Return `request` with a proof in the header ``DPoP`` (§4.2).

    Parameters
    ----------
    now:
        The time in seconds since 1970.
    identifier:
        A new random value: the server accepts each only once.
    nonce:
        The latest nonce of the server; None if it has sent none (§8).
    access_token:
        For a request to a resource: the token, which is sent as ``Authorization: DPoP`` (§7.1) instead of another
        Authorization header. None for a token request.
    """
    claims: dict[str, Any] = {
        "jti": identifier,
        "htm": request.method,
        "htu": request.url.partition("#")[0].partition("?")[0],
        "iat": int(now),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    headers = {name: value for name, value in request.headers.items() if name.lower() != "dpop"}
    if access_token is not None:
        claims["ath"] = base64url.encode(sha256(access_token.encode("ascii")).digest())
        headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        headers["Authorization"] = f"{SCHEME} {access_token}"
    headers[SCHEME] = key.sign(claims)
    return replace(request, headers=headers)


def nonce_in(response: Response) -> str | None:
    """The server's new nonce (§8.2); None without a valid one. A nonce with other characters cannot be used."""
    nonce = response.headers.get("dpop-nonce", "")
    return nonce if _NONCE.fullmatch(nonce) else None


def wants_nonce(response: Response) -> bool:
    """Whether the server has refused a request only because its proof had no nonce, or an old one.

    An authorization server reports that in the body (§8), a resource server in the header WWW-Authenticate (§9). The
    server has then not used the code or refresh token of the request.
    """
    if response.status not in (400, 401):
        return False
    return _NONCE_WANTED in (challenged_error(response), members_of(response.body).get("error"))


def challenged_error(response: Response) -> str:
    """The error code in the challenge of the scheme DPoP in the header WWW-Authenticate (§7.1); empty without one."""
    found = _CHALLENGE.search(response.headers.get("www-authenticate", "")[:2048])
    return found[1].lower() if found else ""


def check_token_type(token_info: Mapping[str, Any], *, bound: bool) -> None:
    """Check that the tokens of a response are bound to a key exactly if the request had a proof (§5).

    Parameters
    ----------
    bound:
        Whether the token request had a proof.

    Raises
    ------
    TokenResponseError
        If the request had a proof and the tokens are not bound to its key: the server ignores DPoP, or an attacker
        has removed the proof. Or if the tokens are bound to a key although there was no proof.
    """
    token_type = token_info.get("token_type")
    received = isinstance(token_type, str) and token_type.lower() == SCHEME.lower()
    if received == bound:
        return
    if bound:
        shown = for_log(token_type, 64) if isinstance(token_type, str) else "missing"
        problem = f"token_type is {shown}, not DPoP, although the request had a DPoP proof: see enable_dpop"
    else:
        problem = "token_type is DPoP, although the request had no DPoP proof: set enable_dpop"
    raise TokenResponseError("invalid_response", f"token response: {problem}")
