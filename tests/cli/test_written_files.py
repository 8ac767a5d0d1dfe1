"""Files that commands write: for their owner only, in one step, and with the rights that an operator gave them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from oauthenticator_suite.cli.written_files import CannotUseFile, MissingFile, create, read, replace


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o077])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_umask")
def test_only_the_owner_can_read_a_new_file(tmp_path: Path) -> None:
    create(tmp_path / "one", "secret")
    replace(tmp_path / "two", "secret")
    assert [mode(tmp_path / name) for name in ("one", "two")] == [0o600, 0o600]


def test_a_file_that_exists_is_not_created(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    with pytest.raises(FileExistsError):
        create(tmp_path / "file", "after")
    assert (tmp_path / "file").read_text() == "before"


@pytest.mark.usefixtures("_umask")
def test_the_rights_stay(tmp_path: Path) -> None:
    """The Hub may be another user than the one who runs the command, and read the file by its group."""
    file = tmp_path / "file"
    create(file, "before")
    file.chmod(0o640)
    replace(file, "after")
    assert (file.read_text(), mode(file)) == ("after", 0o640)
    replace(file, "after", 0o400)
    assert mode(file) == 0o400


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_owner_stays(tmp_path: Path) -> None:
    file = tmp_path / "file"
    create(file, "before")
    os.chown(file, 12345, 23456)
    replace(file, "after")
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 23456)


def test_a_link_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    create(file, "before")
    link.symlink_to(file)
    replace(link, "after")
    assert link.is_symlink()
    assert file.read_text() == "after"


def test_a_reader_sees_the_old_content_or_the_new_one(tmp_path: Path) -> None:
    create(tmp_path / "file", "before")
    with (tmp_path / "file").open() as reader:
        replace(tmp_path / "file", "after")
        assert reader.read() == "before"
    assert (tmp_path / "file").read_text() == "after"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("write", [create, replace])
def test_a_full_disk(write: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing half-written stays, and a file that was there is as it was."""
    create(tmp_path / "there", "before")
    file = tmp_path / ("new" if write is create else "there")

    def full(descriptor: int, *_: object, **__: object) -> None:
        os.close(descriptor)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", full)
    with pytest.raises(CannotUseFile, match="cannot be written: No space left on device"):
        write(file, "after")  # type: ignore[operator]
    assert [each.name for each in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "before"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """A named pipe, from which a read would wait forever, is an error at once."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "bytes").write_bytes(b"\xff")
    for name, says in [("pipe", "not a regular file"), (".", "Is a directory"), ("bytes", "not text in UTF-8")]:
        with pytest.raises(CannotUseFile, match=says):
            read(tmp_path / name, 100)
    with pytest.raises(MissingFile, match="No such file"):
        read(tmp_path / "missing", 100)


def test_no_more_than_one_byte_above_the_limit_is_read(tmp_path: Path) -> None:
    create(tmp_path / "file", "x" * 100)
    assert read(tmp_path / "file", 10) == "x" * 11
