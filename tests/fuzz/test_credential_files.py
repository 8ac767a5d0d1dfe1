"""Target: files of a client's credentials. Any bytes in a key file or a federated token file, and any path of them."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat
from hypothesis import example, given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey, RSAKey

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.oauth.client_authentication import ClientAuthentication
from oauthenticator_suite.hub.oauth.client_certificates import ClientCertificates
from oauthenticator_suite.hub.oauth.client_keys import ClientKeys
from oauthenticator_suite.hub.oauth.client_secrets import ClientSecrets
from oauthenticator_suite.protocol.client_keys import ClientKey
from tests.support.key_files import pem_of

from .strategies import files
from .verdicts import SecretLeaked, WrongAccept, target

TARGET = target("credential files")

NOW = 1_800_000_000.0
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}
KEYS = (RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519"))


def token(**claims: Any) -> str:
    """A signed token of a platform. The key is unknown to the Hub."""
    return jwt.encode({"iss": "https://cluster.example", "sub": "hub", "exp": NOW + 600, **claims}, "k" * 32, "HS256")


TOKEN = token()
KEY_FILES = [
    json.dumps({"keys": [key.as_dict(private=True) for key in KEYS]}).encode(),
    json.dumps(KEYS[1].as_dict(private=True)).encode(),
    *(pem_of(key.private_key).encode() for key in KEYS),
    pem_of(KEYS[0].private_key, PrivateFormat.TraditionalOpenSSL).encode(),
]
"""Good files."""

CANARIES = tuple(
    {value for key in KEYS for name, value in key.as_dict(private=True).items() if name in PRIVATE and len(value) > 20}
    | {line for file in KEY_FILES[2:] for line in file.decode().splitlines()[2:-2]}
)
"""Private numbers, and lines of the text of private keys."""


class Options(SimpleNamespace):
    """The options that the client authentication reads."""

    def configured_url(self, option: str) -> str:
        return ""

    def declared_url(self, name: str) -> str:
        return ""


def authentication(**options: str) -> ClientAuthentication:
    """The client authentication of an authenticator with these options. Its log is `LINES`."""
    defaults = {"client_secret": "", "client_secret_file": "", "client_key_file": "", "client_assertion_file": ""}
    values = Options(
        **{**defaults, **options},
        issuer="https://op.example",
        client_id="hub",
        client_auth_method="private_key_jwt",
        basic_auth=False,
        security_profile="",
        client_certificate_file="",
        client_certificate_key_file="",
        http_request_kwargs={},
        log=LOG,
    )
    name = "GenericOAuthenticator"
    secrets, keys = ClientSecrets(values, name), ClientKeys(values, name)
    return ClientAuthentication(values, name, secrets, keys, ClientCertificates(values, name, keys), lambda: NOW)


LOG = logging.Logger("credential files")
LINES: list[str] = []


class _Collects(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        LINES.append(record.getMessage())


LOG.addHandler(_Collects())


def sent_assertion(how: ClientAuthentication) -> str:
    """The assertion that a token request has, after it was sent as a form."""
    _, fields = how.client(None).authenticate({"grant_type": "authorization_code", "code": "c"})
    read = parse_qs(urlencode(fields), strict_parsing=True)
    if set(read) != {"grant_type", "code", "client_id", "client_assertion_type", "client_assertion"}:
        raise WrongAccept(f"fields {sorted(read)}")
    (assertion,) = read["client_assertion"]
    return assertion


def hidden(*canaries: str) -> None:
    """No secret is in the log."""
    text = "\n".join(LINES)
    LINES.clear()
    if any(canary in text for canary in canaries):
        raise SecretLeaked(text[:300])


# --- federated tokens ------------------------------------------------------------------------------------------------


@given(files.texts(TOKEN) | st.binary(max_size=200) | files.tokens(token))
@example(b"\xef\xbb\xbf" + TOKEN.encode())
@example(f"{TOKEN}\r\nX-Injected: 1".encode())
@example(f"{TOKEN}\n{TOKEN}".encode())
@example(TOKEN.encode() + b"&client_id=another")
@example(b"A" * 70_000)
def test_a_federated_token_is_sent_as_it_is(folder_of_fuzz: Path, content: bytes) -> None:
    """What is sent is the file, which is one signed JWT that is still valid; else an error says why."""
    file = folder_of_fuzz / "token"
    file.write_bytes(content)
    with TARGET.only_our_errors(TOKEN, TOKEN.rpartition(".")[2]):
        sent = sent_assertion(authentication(client_assertion_file=str(file)))
        if sent.encode() != content.strip():
            raise WrongAccept(f"{sent[:100]!r} of {content[:100]!r}")
        header, claims = (json.loads(base64.urlsafe_b64decode(f"{part}==")) for part in sent.split(".")[:2])
        if header.get("alg") in (None, "none") or claims["exp"] <= NOW:
            raise WrongAccept(f"{header} {claims}")
    hidden(TOKEN)


# --- key files -------------------------------------------------------------------------------------------------------


@given(st.sampled_from(KEY_FILES).flatmap(files.changed) | files.jwk_sets(KEYS) | st.binary(max_size=300))
@example(b"-----BEGIN PRIVATE KEY-----\n" + b"A" * 60_000 + b"\n-----END PRIVATE KEY-----")
@example(b'{"keys": [' + b"[" * 5_000)
@example(b'{"kty": "RSA", "n": "' + b"_" * 40_000 + b'", "e": "AQAB", "d": "AQ"}')
def test_keys_sign_what_their_public_part_verifies(folder_of_fuzz: Path, content: bytes) -> None:
    """Whatever is read as a key: it signs, PyJWT verifies it with the published key, and nothing private is published."""
    file = folder_of_fuzz / "keys"
    file.write_bytes(content)
    how = authentication(client_key_file=str(file))
    with TARGET.only_our_errors(*CANARIES):
        published = how._keys.public_set()["keys"]
        for key in published:
            if PRIVATE & set(key):
                raise WrongAccept(f"published: {sorted(key)}")
        assertion = sent_assertion(how)
        header = jwt.get_unverified_header(assertion)
        (named,) = [key for key in published if key["kid"] == header["kid"]]
        jwt.decode(
            assertion,
            jwt.PyJWK(named, header["alg"]),
            [header["alg"]],
            audience="https://op.example",
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    hidden(*CANARIES)


@given(st.sampled_from(KEY_FILES).flatmap(files.changed))
def test_a_file_that_is_damaged_while_it_is_in_use(folder_of_fuzz: Path, content: bytes) -> None:
    """The former keys stay, or the new ones are used. The log shows neither."""
    file = folder_of_fuzz / "rotated"
    file.write_bytes(KEY_FILES[1])
    how = authentication(client_key_file=str(file))
    before: ClientKey = how._keys.signing_key()
    file.unlink()
    file.write_bytes(content)
    TARGET.tries()
    after = how._keys.signing_key()
    if after.kid != before.kid and after.kid not in {key["kid"] for key in how._keys.public_set()["keys"]}:
        raise WrongAccept(f"the key {after.kid!r}")
    sent_assertion(how)
    hidden(*CANARIES)


# --- paths -----------------------------------------------------------------------------------------------------------


@given(st.sampled_from(["client_assertion_file", "client_key_file"]), files.paths)
@example("client_key_file", "/dev/zero")
@example("client_assertion_file", "/proc/self/mem")
@example("client_key_file", "\x00")
def test_any_path(folder_of_fuzz: Path, option: str, path: str) -> None:
    """An error that names the option: also for devices without an end, folders, and names that no system can have."""
    TARGET.tries()
    with pytest.raises(ConfigurationError) as caught:
        sent_assertion(authentication(**{option: path.replace("{folder}", str(folder_of_fuzz))}))
    assert option in caught.value.detail
    hidden(TOKEN, *CANARIES)
