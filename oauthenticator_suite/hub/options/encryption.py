"""Options on responses that the provider signs or encrypts, and on claims that other issuers sign."""

from __future__ import annotations

from traitlets import Dict, HasTraits, Unicode

from .names import Names


class EncryptionOptions(HasTraits):
    """Options of every OAuth login whose provider encrypts tokens, or signs userinfo responses."""

    client_decryption_key_file = Unicode(
        config=True,
        help="""
        The path of a file with the private keys of this Hub that decrypt ID tokens, userinfo responses and logout
        tokens: PEM text, a JWK, or a JWK Set. Default: empty, encrypted tokens are refused.

        With several keys, each of them decrypts, so that a key can be replaced. The Hub reads the file again after it
        has changed. What is encrypted must be signed inside, and passes every check of a token that is not encrypted.

        .. versionadded:: 0.1
        """,
    )

    id_token_encrypted_response_alg = Names(
        "other",
        config=True,
        help="""
        Demand that ID tokens and logout tokens are encrypted, by one of these algorithms. Default: empty, tokens may be
        encrypted or not; RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW and ECDH-ES+A256KW are accepted.

        RSA-OAEP is accepted only if it is listed: it uses SHA-1. RSA1_5 and algorithms with a shared secret never are.
        Needs `client_decryption_key_file`.

        .. versionadded:: 0.1
        """,
    )

    userinfo_encrypted_response_alg = Names(
        "other",
        config=True,
        help="""
        Demand that userinfo responses are encrypted, by one of these algorithms. Default: empty, they may be encrypted
        or not.

        The values are those of `id_token_encrypted_response_alg`. Needs `client_decryption_key_file`.

        .. versionadded:: 0.1
        """,
    )

    userinfo_signed_response_alg = Names(
        "other",
        config=True,
        help="""
        Demand that userinfo responses are signed, by one of these algorithms, such as ``{"RS256"}``. Default: empty,
        they may be signed or not.

        A signed response is always verified: with the provider's keys, the algorithms of this option, or those of
        `id_token_signed_response_alg` if it is empty, and the issuer and the client that it names. Needs `issuer` or
        `jwks_url`.

        .. versionadded:: 0.1
        """,
    )

    claim_source_issuers = Dict(
        config=True,
        help="""
        Other issuers whose claims the provider may send or refer to (aggregated and distributed claims, OpenID Connect
        Core §5.6.2). Default: none, and such claims are unknown.

        By issuer identifier: ``jwks_url``, the URL of its keys; ``claims``, the names of the claims for which it is
        trusted; and ``hosts``, the hosts of its endpoints, by default the host of the issuer::

            {
                "https://claims.example.org": {
                    "jwks_url": "https://claims.example.org/jwks",
                    "claims": ["groups"],
                }
            }

        A claim that the provider states itself is never replaced. A source that cannot be read or verified leaves its
        claims unknown, which is logged.

        .. versionadded:: 0.1
        """,
    )
