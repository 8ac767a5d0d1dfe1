"""The command: files, folders, what is written, and the exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from oauthenticator_suite.cli import main

OLD = '# a comment\nc.JupyterHub.authenticator_class = "github"  # why\nc.GitHubOAuthenticator.github_client_id = "x"\n'
NEW = OLD.replace('"github"', '"suite-github"').replace("github_client_id", "client_id")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_file_in_the_current_folder_by_default(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "jupyterhub_config.py").write_text(OLD)
    assert main(["migrate"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("jupyterhub_config.py:2: ")
    assert "Nothing was written. --write" in output
    assert 'from a clone, pip install . "jupyterhub==$(jupyterhub --version)"' in output
    assert [each.name for each in folder.iterdir()] == ["jupyterhub_config.py"]


def test_a_new_file_and_a_diff_with_the_same_permissions(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = folder / "jupyterhub_config.py"
    old.write_text(OLD)
    old.chmod(0o600)
    assert main(["migrate", "--write"]) == 0
    assert old.read_text() == OLD
    new, patch = folder / "jupyterhub_config.migrated.py", folder / "jupyterhub_config.migrated.py.diff"
    assert new.read_text() == NEW
    assert {path.stat().st_mode & 0o777 for path in (new, patch)} == {0o600}
    assert '-c.JupyterHub.authenticator_class = "github"  # why\n' in patch.read_text()
    assert "jupyterhub_config.migrated.py.diff" in capsys.readouterr().out
    subprocess.run(["patch", "-s", str(old), str(patch)], check=True, timeout=30)
    assert old.read_text() == NEW


def test_nothing_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "jupyterhub_config.py").write_text(OLD)
    (folder / "jupyterhub_config.migrated.py").write_text("mine")
    assert main(["migrate", "--write"]) == 2
    assert "jupyterhub_config.migrated.py exists" in capsys.readouterr().err
    assert (folder / "jupyterhub_config.migrated.py").read_text() == "mine"
    assert main(["migrate", "--write", "--output", "new.py"]) == 0
    assert (folder / "new.py").read_text() == NEW


def test_in_place(folder: Path) -> None:
    (folder / "jupyterhub_config.py").write_text(OLD)
    assert main(["migrate", "--write", "--in-place"]) == 0
    assert (folder / "jupyterhub_config.py").read_text() == NEW
    assert (folder / "jupyterhub_config.py.diff").exists()


def test_the_result_is_left_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "jupyterhub_config.py").write_text(NEW)
    assert main(["migrate", "--write"]) == 0
    assert "Nothing to change in the file." in capsys.readouterr().out
    assert [each.name for each in folder.iterdir()] == ["jupyterhub_config.py"]


def test_a_folder_is_one_configuration(folder: Path) -> None:
    source = folder / "jupyterhub_config.d"
    source.mkdir()
    (source / "10-class.py").write_text('c.JupyterHub.authenticator_class = "gitlab"\n')
    (source / "20-people.py").write_text("c.Authenticator.gitlab_group_whitelist = {'a'}\n")
    (source / "30-other.py").write_text("c.Spawner.default_url = '/lab'\n")
    (source / "README").write_text("about this folder\n")
    assert main(["migrate", "-f", "jupyterhub_config.d", "--write"]) == 0
    written = folder / "jupyterhub_config.migrated.d"
    assert {path.name: path.read_text() for path in written.iterdir()} == {
        "10-class.py": 'c.JupyterHub.authenticator_class = "suite-gitlab"\n',
        "20-people.py": "c.Authenticator.allowed_gitlab_groups = {'a'}\n",
        "30-other.py": "c.Spawner.default_url = '/lab'\n",
        "README": "about this folder\n",
    }
    assert (folder / "jupyterhub_config.migrated.d.diff").read_text().count("--- ") == 2


def test_the_diff_of_a_folder_is_as_private_as_its_most_private_file(folder: Path) -> None:
    source = folder / "jupyterhub_config.d"
    source.mkdir()
    (source / "10-class.py").write_text('c.JupyterHub.authenticator_class = "gitlab"\n')
    private = source / "20-secret.py"
    private.write_text('c.Authenticator.gitlab_group_whitelist = {"a"}\nc.GitLabOAuthenticator.client_secret = "s"\n')
    private.chmod(0o600)
    assert main(["migrate", "-f", "jupyterhub_config.d", "--write"]) == 0
    patch = folder / "jupyterhub_config.migrated.d.diff"
    assert "client_secret" in patch.read_text()
    assert patch.stat().st_mode & 0o777 == 0o600


def test_a_link_to_the_configuration_stays_one(folder: Path) -> None:
    (folder / "real.py").write_text(OLD)
    (folder / "jupyterhub_config.py").symlink_to("real.py")
    assert main(["migrate", "--write", "--in-place"]) == 0
    assert (folder / "jupyterhub_config.py").is_symlink()
    assert (folder / "real.py").read_text() == NEW


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (OLD, 0),
        ("c.Spawner.x = 1\n", 0),
        (OLD + "setattr(c.GitHubOAuthenticator, name, 1)\n", 1),
        (OLD + 'c.GitHubOAuthenticator.token_url = "http://x.example/"\n', 1),
        ("a = = 1\n", 2),
        ("\0", 2),
    ],
)
def test_the_exit_status(folder: Path, content: str, status: int) -> None:
    (folder / "jupyterhub_config.py").write_text(content)
    assert main(["migrate"]) == status


@pytest.mark.parametrize(
    "argv", [["-f", "missing.py"], ["--in-place"], ["--output", "x.py"], ["--write", "--in-place", "--output", "x.py"]]
)
def test_what_cannot_be_done_is_an_error_without_a_traceback(
    folder: Path, argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", *argv]) == 2
    assert capsys.readouterr().err.startswith("oauthenticator-suite migrate: ")


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "jupyterhub_config.py").write_text(OLD)
    assert main(["migrate", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["changed"] == ["jupyterhub_config.py"]
    assert {
        "file": "jupyterhub_config.py",
        "line": 3,
        "severity": "change",
        "subject": "c.GitHubOAuthenticator.github_client_id",
        "text": "is named client_id",
        "by_hand": False,
        "written": True,
    } in report["remarks"]


def test_another_encoding_and_a_byte_order_mark_stay(folder: Path) -> None:
    for name, raw in {"a.py": b"# -*- coding: latin-1 -*-\n# \xe9\n", "b.py": b"\xef\xbb\xbf# x\r\n"}.items():
        (folder / name).write_bytes(raw + OLD.encode())
        assert main(["migrate", "-f", name, "--write"]) == 0
        assert (folder / name).with_suffix(".migrated.py").read_bytes() == raw + NEW.encode()


@pytest.mark.parametrize("package", ["libcst", "ruamel.yaml"])
def test_without_the_extra_packages(folder: Path, package: str) -> None:
    (folder / "jupyterhub_config.py").write_text(OLD)
    code = f"import sys; sys.modules[{package!r}] = None; from oauthenticator_suite.cli import main; sys.exit(main(['migrate']))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 2
    assert result.stderr.endswith("pip install 'oauthenticator_suite[migrate]'\n")
    assert package in result.stderr
