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

    client_assertion_file = Unicode(
        config=True,
        help="""
        The path of a file with a token that the platform issues for the Hub, such as a projected service account token
        of Kubernetes. The Hub sends it in place of a secret (``client_assertion``, RFC 7523). Empty: no such file.

        The Hub reads the file for each request. A token that has expired is not sent, and the log says so.

        .. versionadded:: 0.1
        """,
    )

    client_certificate_file = Unicode(
        config=True,
        help="""
        The path of a PEM file with the certificate of this client for mutual TLS (RFC 8705), and those of its
        authorities if the provider needs them. Empty, the default: the client has no certificate.

        The same as ``client_cert`` in `http_request_kwargs`, and not to be combined with it. The provider's
        ``mtls_endpoint_aliases`` are used. A file that was renewed is used for the next connection.

        .. versionadded:: 0.1
        """,
    )

    client_certificate_key_file = Unicode(
        config=True,
        help="""
        The path of a PEM file with the private key of `client_certificate_file`, not encrypted. Empty, the default: the
        key is in the same file as the certificate.

        .. versionadded:: 0.1
        """,
    )
