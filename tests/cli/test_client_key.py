"""``oauthenticator-suite client-key``: the file that it makes is one for `client_key_file`."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.client_key import NEW_KEY_ALGORITHMS
from oauthenticator_suite.protocol.client_keys import read_client_keys
from tests.support.key_files import certificate_of, pem_of

PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}


def run(capsys: Any, *arguments: Any, status: int = 0) -> tuple[Any, str]:
    """The JSON on standard output, and the text on standard error."""
    assert main(["client-key", *map(str, arguments)]) == status
    printed = capsys.readouterr()
    return json.loads(printed.out) if printed.out else None, printed.err


@pytest.mark.parametrize("alg", NEW_KEY_ALGORITHMS)
def test_a_new_key(alg: str, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "key"
    shown, said = run(capsys, file, "--alg", alg)
    (key,) = read_client_keys(file.read_text(), str(file))
    assert key.algorithms == (alg,)
    assert shown == {"keys": [key.public()]}
    assert PRIVATE.isdisjoint(shown["keys"][0])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Keep it secret" in said
    assert run(capsys, file, "--public")[0] == shown


def test_the_default_is_small_and_fast(tmp_path: Path, capsys: Any) -> None:
    assert run(capsys, tmp_path / "key")[0]["keys"][0]["alg"] == "ES256"


def test_an_existing_file_is_not_overwritten(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "key"
    file.write_text("something of value")
    assert "--rotate" in run(capsys, file, status=1)[1]
    assert file.read_text() == "something of value"


def test_a_rotation_keeps_the_former_key_until_the_next_one(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "key"
    (first,) = run(capsys, file)[0]["keys"]
    file.chmod(0o640)
    shown, said = run(capsys, file, "--rotate")
    second, kept = shown["keys"]
    assert kept == first != second
    assert "the new key signs from now on" in said
    assert [key.public() for key in read_client_keys(file.read_text(), "")] == [second, first]
    third, kept = run(capsys, file, "--rotate", "--alg", "EdDSA")[0]["keys"]
    assert kept == second
    assert third["alg"] == "EdDSA"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_a_rotation_keeps_what_the_link_leads_to(tmp_path: Path, capsys: Any) -> None:
    file, link = tmp_path / "key", tmp_path / "link"
    run(capsys, file)
    link.symlink_to(file)
    run(capsys, link, "--rotate")
    assert link.is_symlink()
    assert len(json.loads(file.read_text())["keys"]) == 2


@pytest.mark.parametrize(("option", "verb"), [((), "written"), (("--rotate",), "read"), (("--public",), "read")])
def test_a_path_that_does_not_exist(option: tuple[str, ...], verb: str, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "missing" / "key"
    assert run(capsys, file, *option, status=1)[1] == f"{file} cannot be {verb}: No such file or directory\n"


def pem_file(folder: Path, *, certificate: bool) -> Path:
    key, file = ec.generate_private_key(ec.SECP256R1()), folder / "key.pem"
    file.write_text(pem_of(key) + (certificate_of(key).public_bytes(Encoding.PEM).decode() if certificate else ""))
    return file


def test_a_pem_file_becomes_a_jwk_set(tmp_path: Path, capsys: Any) -> None:
    file = pem_file(tmp_path, certificate=False)
    (before,) = run(capsys, file, "--public")[0]["keys"]
    assert run(capsys, file, "--rotate")[0]["keys"][1] == before


def test_a_key_that_decrypts_stays(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "key"
    run(capsys, file)
    content = json.loads(file.read_text())
    run(capsys, tmp_path / "other")
    (other,) = json.loads((tmp_path / "other").read_text())["keys"]
    content["keys"].append({**{name: value for name, value in other.items() if name != "alg"}, "use": "enc"})
    file.write_text(json.dumps(content))
    assert [each["use"] for each in run(capsys, file, "--rotate")[0]["keys"]] == ["sig", "sig", "enc"]


def test_a_certificate_is_not_lost(tmp_path: Path, capsys: Any) -> None:
    file = pem_file(tmp_path, certificate=True)
    before = file.read_text()
    assert "has a certificate" in run(capsys, file, "--rotate", status=1)[1]
    assert file.read_text() == before


@pytest.mark.parametrize("option", ["--rotate", "--public"])
@pytest.mark.parametrize("content", [None, b"no key", b"\xff"])
def test_a_file_without_a_key(option: str, content: bytes | None, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    shown, said = run(capsys, file, option, status=1)
    assert shown is None
    assert str(file) in said
    assert "Traceback" not in said


def test_a_failed_rotation_leaves_the_file_as_it_was(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    run(capsys, file)
    before = file.read_text()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "No space left" in run(capsys, file, "--rotate", status=1)[1]
    assert file.read_text() == before
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
