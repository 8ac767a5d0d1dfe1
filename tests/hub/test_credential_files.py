"""The files of secrets, keys and tokens, when they are something else than a small file."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from joserfc.jwk import ECKey

from oauthenticator_suite import GoogleOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.credential_files import credential_text, file_version, read_credential_file
from oauthenticator_suite.hub.oauth.client_authentication import ClientAuthentication
from oauthenticator_suite.hub.oauth.client_certificates import ClientCertificates
from oauthenticator_suite.hub.oauth.client_keys import ClientKeys
from oauthenticator_suite.hub.oauth.client_secrets import MAX_SECRET_FILE, SecretFile
from oauthenticator_suite.hub.transport.settings import TransportSettings
from tests.support.bounded import bounded
from tests.support.key_files import write_keys

NAME = "GenericOAuthenticator"


def secret_in(path: Path) -> object:
    return SecretFile(f"{NAME}.client_secret_file").read(str(path))


def former_secret_in(path: Path) -> object:
    return SecretFile(f"{NAME}.previous_client_secret_file", optional=True).read(str(path))


def keys_in(path: Path) -> object:
    options = SimpleNamespace(client_key_file=str(path), security_profile="", log=logging.getLogger("files"))
    return ClientKeys(options, NAME).signing_key()


def token_in(path: Path) -> object:
    options = SimpleNamespace(client_assertion_file=str(path))
    return ClientAuthentication(options, NAME, None, None, None).federated_token()


READERS = [secret_in, former_secret_in, keys_in, token_in]


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    """A read that waits, or that has no end, fails its test."""
    with bounded():
        yield


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe without a writer."""
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize("read", READERS)
def test_a_named_pipe_does_not_block_the_hub(read: Callable[[Path], object], pipe: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read \(it is not a regular file\)") as caught:
        read(pipe)
    assert str(pipe) in caught.value.detail


def test_a_certificate_is_not_read_from_a_named_pipe(pipe: Path) -> None:
    options = SimpleNamespace(client_certificate_file=str(pipe), client_key_file="", http_request_kwargs={})
    keys = SimpleNamespace(are_configured=False)
    assert ClientCertificates(options, NAME, keys).found() == []


@pytest.mark.parametrize(
    "files", [{"ca_certs": "pipe"}, {"client_cert": "pipe"}, {"client_cert": __file__, "client_key": "pipe"}]
)
def test_openssl_is_not_given_a_named_pipe(files: dict[str, str], pipe: Path) -> None:
    settings = TransportSettings(**{name: str(pipe) if file == "pipe" else file for name, file in files.items()})
    with pytest.raises(ConfigurationError, match="it is not a regular file"):
        settings.tls_context()


def test_the_key_of_a_service_account_is_not_read_from_a_named_pipe(pipe: Path) -> None:
    authenticator = GoogleOAuthenticator(
        google_service_account_keys={"example.org": str(pipe)}, gsuite_administrator={"example.org": "ada"}
    )
    with pytest.raises(ConfigurationError, match="cannot be read as a JSON file"):
        authenticator._directory("example.org", str(pipe))


@pytest.mark.parametrize("read", READERS)
def test_a_device_without_end_is_not_read(read: Callable[[Path], object]) -> None:
    with pytest.raises(ConfigurationError, match="not a regular file"):
        read(Path("/dev/zero"))


@pytest.mark.parametrize("content", ['{"kty": "EC", "d": "hidden-1"}', "\n-----BEGIN PRIVATE KEY-----\nhidden-1"])
def test_the_content_in_place_of_the_path(content: str) -> None:
    """The message says so, and does not show the content."""
    with pytest.raises(ConfigurationError, match="has the content of a file, and not its path") as refused:
        credential_text("X.client_key_file", content, 100)
    assert "hidden-1" not in refused.value.detail


@pytest.mark.parametrize("read", READERS)
def test_a_directory_is_named_as_such(read: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Is a directory"):
        read(tmp_path)


@pytest.mark.parametrize("read", READERS)
def test_a_large_file_is_not_read_to_its_end(read: Callable[[Path], object], tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as sparse:
        sparse.write(b"x" * (MAX_SECRET_FILE + 1))
        sparse.truncate(2**32)
    with pytest.raises(ConfigurationError, match=r"has more than 65536 bytes: it is not a (secret|key file|token)"):
        read(file)


def test_a_link_is_followed(tmp_path: Path) -> None:
    write_keys(tmp_path / "..data", ECKey.generate_key("P-256"))
    (tmp_path / "key").symlink_to("..data")
    assert keys_in(tmp_path / "key") is not None
    assert read_credential_file(str(tmp_path / "key"), 4) == (tmp_path / "..data").read_bytes()[:5]


def test_a_file_that_is_replaced_has_another_version_although_its_time_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("one")
    reader, before = SecretFile("option"), file_version(str(file))
    assert reader.read(str(file)) == "one"
    (tmp_path / "new").write_text("two")
    os.utime(tmp_path / "new", ns=(before[0], before[0]))
    (tmp_path / "new").replace(file)
    assert file_version(str(file)) != before
    assert reader.read(str(file)) == "two"


def test_lines_of_every_kind_count(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        (tmp_path / "secret").write_bytes(f"one{end}two{end}".encode())
        with pytest.raises(ConfigurationError, match="several lines"):
            secret_in(tmp_path / "secret")
