"""Why the files of a client certificate cannot be used, in words instead of OpenSSL's codes."""

from __future__ import annotations

from ..credential_files import read_credential_file

_MISMATCHES = frozenset({"NO_CERTIFICATE_ASSIGNED", "KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"})
"""OpenSSL's reasons for a key that is not the certificate's: also when one is RSA and the other EC."""

_MOST = 1_000_000
"""Bytes that are read of a file: more than a certificate with all its authorities has."""


def why_unusable(certificate: str, key: str, error: Exception) -> str:
    """The reason for which OpenSSL has refused the files, with the path that it is about.

    Parameters
    ----------
    certificate, key:
        Paths of PEM files; the same path when one file has both.
    error:
        What `ssl.SSLContext.load_cert_chain` has raised.
    """
    contents = {}
    for path in (certificate, key):
        try:
            contents[path] = read_credential_file(path, _MOST)
        except (OSError, ValueError) as unreadable:
            return f"{path}: {getattr(unreadable, 'strerror', None) or type(unreadable).__name__}"
    if getattr(error, "reason", None) in _MISMATCHES:
        return "the key does not belong to the certificate"
    if b"-----BEGIN CERTIFICATE-----" not in contents[certificate]:
        return f"{certificate} has no certificate"
    if b"PRIVATE KEY-----" not in contents[key]:
        return f"{key} has no private key" + ("; name its file as well" if key == certificate else "")
    if b"ENCRYPTED" in contents[key]:
        return f"the key in {key} is encrypted; decrypt it: openssl pkey -in FILE"
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
