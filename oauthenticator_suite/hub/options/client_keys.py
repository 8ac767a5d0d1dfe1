"""Options on the keys with which the Hub proves to the provider which client it is."""

from __future__ import annotations

from traitlets import HasTraits, Unicode


class ClientKeyOptions(HasTraits):
    """Options of every OAuth login whose client has a key or a certificate."""

    client_key_file = Unicode(
        config=True,
        help="""
        The path of a file with the private key of this client: PEM text, a JWK, or a JWK Set. RSA of at least 2048
        bits, EC on P-256, P-384 or P-521, or Ed25519, and not encrypted. Empty, the default: the client has no key.

        ``oauthenticator-suite client-key FILE`` makes such a file. With several keys, the first one signs, and the
        public parts of all are published at ``/hub/oauth_jwks``. The Hub reads the file again after it has changed.

        .. versionadded:: 0.1
        """,
    )
