"""``oauthenticator-suite client-key``: makes the key file of `client_key_file`, and prints its public keys."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..protocol.client_keys import ClientKey

HELP = "Make a private key for this Hub as the provider's client, and print its public part for the provider."

NEW_KEY_ALGORITHMS = ("ES256", "ES384", "ES512", "EdDSA", "PS256", "RS256")
"""The signature algorithms, the default first: small and fast, and allowed by every profile."""

RSA_BITS = 3072
"""The size of a new RSA key: 128 bits of security (NIST SP 800-57)."""

_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``FILE`` and the options of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the key file, for c.….client_key_file")
    parser.add_argument(
        "--alg",
        choices=NEW_KEY_ALGORITHMS,
        default=NEW_KEY_ALGORITHMS[0],
        help=f"the signature algorithm of the new key, {NEW_KEY_ALGORITHMS[0]} by default; RS256 and PS256 are RSA",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--rotate",
        action="store_true",
        help="put a new key in front of the one in FILE, which stays published, and drop older ones",
    )
    what.add_argument("--public", action="store_true", help="only print the public keys of FILE, as a JWK Set")


def run(arguments: argparse.Namespace) -> int:
    """Make the key or the next one, and print the public JWK Set; returns 0, or 1 after an error message."""
    from ..errors import ConfigurationError
    from ..protocol.client_keys import public_set
    from .written_files import CannotUseFile

    file: Path = arguments.file
    try:
        if arguments.public:
            keys = _keys_in(file)
        elif arguments.rotate:
            keys = _rotate(file, arguments.alg)
        else:
            keys = _create(file, arguments.alg)
    except (CannotUseFile, ConfigurationError) as error:
        print(error.detail if isinstance(error, ConfigurationError) else error, file=sys.stderr)
        return 1
    print(json.dumps(public_set(keys), indent=2))
    if arguments.rotate:
        print(
            f"{file}: the new key signs from now on. If you pasted the public keys at the provider, paste them again. "
            "Use --rotate again, which drops the former key, only when the provider knows the new one.",
            file=sys.stderr,
        )
    elif not arguments.public:
        print(
            f"{file}: the private key. Keep it secret. Register the public keys above at the provider, or the URL "
            "/hub/oauth_jwks of this Hub (jwks_uri).",
            file=sys.stderr,
        )
    return 0


def _create(file: Path, alg: str) -> Sequence[ClientKey]:
    """A new file with one key, which only its owner can read."""
    from .written_files import CannotUseFile, create

    try:
        create(file, _document([new_key(alg)]))
    except FileExistsError:
        raise CannotUseFile(
            f"{file} exists, and is not overwritten. Use --rotate to add a key to it, or --public to print its keys."
        ) from None
    return _keys_in(file)


def _rotate(file: Path, alg: str) -> Sequence[ClientKey]:
    """Replace the file in one step by one with a new key in front. Its owner and its permissions stay."""
    from ..protocol.client_keys import read_client_keys
    from .written_files import CannotUseFile, replace

    former = _keys_in(file)
    if any(key.certificate for key in former):
        raise CannotUseFile(f"{file} has a certificate, which a new key needs too: renew both with your authority.")
    signing = [key for key in former if key.algorithms][:1]
    kept = signing + [key for key in former if not key.algorithms]
    text = _document([new_key(alg), *map(_jwk, kept)])
    replace(file, text)
    return read_client_keys(text, str(file))


def _keys_in(file: Path) -> Sequence[ClientKey]:
    from ..protocol.client_keys import MAX_KEY_FILE, read_client_keys
    from .written_files import read

    return read_client_keys(read(file, MAX_KEY_FILE), str(file))


def new_key(alg: str) -> dict[str, Any]:
    """A new private key for the algorithm `alg` of `NEW_KEY_ALGORITHMS`, as a JWK whose ``kid`` is its thumbprint."""
    from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

    key: Key
    if alg in _CURVES:
        key = ECKey.generate_key(_CURVES[alg])
    elif alg == "EdDSA":
        key = OKPKey.generate_key("Ed25519")
    else:
        key = RSAKey.generate_key(RSA_BITS)
    return {**key.as_dict(private=True), "kid": key.thumbprint(), "alg": alg, "use": "sig"}


def _jwk(key: ClientKey) -> dict[str, Any]:
    return {**key.key.as_dict(private=True), **key.public()}


def _document(keys: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"keys": list(keys)}, indent=2) + "\n"
