"""The findings of the stage ``advice``: what never stops the Hub, and is logged when it starts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jupyterhub
import pytest
from jupyterhub.app import JupyterHub
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator, MultiAuthenticator, environment
from oauthenticator_suite.hub.base.advice import ADVICE_CHECKS
from oauthenticator_suite.hub.findings import hub_files
from oauthenticator_suite.hub.findings.finding import Finding, find
from oauthenticator_suite.hub.findings.running import findings_by_provider, findings_of_running
from tests.conftest import generic_config
from tests.support import HubState, start_hub

pytestmark = pytest.mark.hub_versions

CLIENT = {"client_id": "hub", "client_secret": "a-client-secret", "issuer": "https://login.example.org"}


def advice(cls: Any = GenericOAuthenticator, files: tuple[Path, ...] = (), **sections: dict[str, Any]) -> list[Finding]:
    """The advice on an authenticator of a Hub with these sections, loaded from these files."""
    config = Config({"GenericOAuthenticator": {**CLIENT, "allowed_users": {"ada"}}})
    config.merge(Config(sections))
    hub: Any = JupyterHub(config=config, log=logging.getLogger("quiet"))
    hub._loaded_config_files = [str(path) for path in files]
    return find(cls(parent=hub), "advice")


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(each.code, each.option) for each in findings]


@pytest.fixture
def open_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A current folder whose files every user of the machine can reach. pytest's own folders are private."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        monkeypatch.chdir(folder)
        yield folder
        monkeypatch.undo()


def test_a_newer_hub_and_a_newer_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jupyterhub, "version_info", (7, 0, 1, "", ""))
    monkeypatch.setattr(environment, "NEWEST_PYTHON", (3, 9))
    of_hub, of_python = advice()
    assert (of_hub.code, of_hub.severity) == ("hub-version", "warning")
    assert str(of_hub).endswith("this environment has 7.0.1. Install a newer oauthenticator_suite")
    assert (of_python.code, of_python.severity) == ("python-version", "info")
    assert "is newer than 3.9, the newest that is tested. If something fails" in str(of_python)


def test_a_usual_configuration_has_no_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert advice() == []


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (
            {"GenericOAuthenticator": {"allowed_users": set()}},
            [("nobody-allowed", "c.GenericOAuthenticator.allowed_users")],
        ),
        ({"GenericOAuthenticator": {"any_allow_config": True, "allowed_users": set()}}, []),
        (
            {"GenericOAuthenticator": {"blocked_users": {"ada", "eve"}}},
            [("allowed-and-blocked", "c.GenericOAuthenticator.allowed_users")],
        ),
        (
            {"GenericOAuthenticator": {"allow_all": True, "allow_existing_users": True, "allowed_users": set()}},
            [("existing-users-moot", "c.GenericOAuthenticator.allow_existing_users")],
        ),
        ({"JupyterHub": {"cookie_secret": b"short"}}, [("cookie-secret-short", "c.JupyterHub.cookie_secret")]),
        ({"JupyterHub": {"cookie_secret": b"x" * 32}}, []),
        ({"JupyterHub": {"cookie_secret": "ab" * 32}}, []),
        (
            {"JupyterHub": {"cookie_max_age_days": 0.5}, "GenericOAuthenticator": {"session_max_age": 86400}},
            [("cookie-ends-first", "c.GenericOAuthenticator.session_max_age")],
        ),
        (
            {"JupyterHub": {"cookie_max_age_days": 1}, "GenericOAuthenticator": {"auth_refresh_age": 86401}},
            [("cookie-ends-first", "c.GenericOAuthenticator.auth_refresh_age")],
        ),
        ({"JupyterHub": {"cookie_max_age_days": 1}, "GenericOAuthenticator": {"session_max_age": 86400}}, []),
    ],
)
def test_advice_on_options(
    sections: dict[str, Any], expected: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert codes(advice(**sections)) == expected


def test_nobody_is_allowed_is_not_said_where_code_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(GenericOAuthenticator):
        async def check_allowed(self, username: str, auth_model: Any) -> bool:
            return True

    monkeypatch.chdir(tmp_path)
    assert advice(Own, GenericOAuthenticator={"allowed_users": set()}) == []


def test_a_secret_in_the_text_of_the_configuration(open_folder: Path) -> None:
    path = open_folder / "jupyterhub_config.py"
    path.write_text("c.GenericOAuthenticator.client_secret = 'a-client-secret'\n")
    path.chmod(0o600)
    assert codes(advice(files=(path,))) == [("secret-in-configuration", "c.GenericOAuthenticator.client_secret")]
    path.chmod(0o644)
    (told, readable) = advice(files=(path,))
    assert (told.code, readable.code) == ("secret-in-configuration", "secret-readable")
    assert str(path) in readable.reason
    assert readable.fix == f"Take the permission away: chmod o-r {path}"
    path.write_text("c.GenericOAuthenticator.client_secret = os.environ['CLIENT_SECRET']\n")
    assert advice(files=(path,)) == []


def test_files_with_secrets_that_everybody_can_read(open_folder: Path) -> None:
    secret, cookies, database = (open_folder / name for name in ("secret", "cookies", "hub.sqlite"))
    for path in (secret, cookies, database):
        path.write_text("ab" * 32)
        path.chmod(0o644)
    sections: dict[str, Any] = {
        "JupyterHub": {"cookie_secret_file": str(cookies), "db_url": f"sqlite:///{database}"},
        "GenericOAuthenticator": {"client_secret": "", "client_secret_file": str(secret)},
    }
    assert codes(advice(**sections)) == [
        ("secret-readable", "c.GenericOAuthenticator.client_secret_file"),
        ("secret-readable", "c.JupyterHub.cookie_secret_file"),
        ("secret-readable", "c.JupyterHub.db_url"),
    ]
    for path in (secret, cookies, database):
        path.chmod(0o640)
    assert advice(**sections) == []


def test_a_file_in_a_private_folder_is_not_readable(open_folder: Path) -> None:
    folder = open_folder / "private"
    folder.mkdir(mode=0o700)
    path = folder / "secret"
    path.write_text("x")
    path.chmod(0o644)
    assert not hub_files.others_can_read(path)
    folder.chmod(0o755)
    assert hub_files.others_can_read(path)
    assert not hub_files.others_can_read(folder / "missing")


def test_a_secret_that_kubernetes_mounts_belongs_to_the_container(open_folder: Path) -> None:
    data = open_folder / "..2026_11_29"
    data.mkdir(mode=0o755)
    (data / "secret").write_text("x")
    (data / "secret").chmod(0o644)
    (open_folder / "secret").symlink_to(data / "secret")
    assert not hub_files.others_can_read(open_folder / "secret")


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///hub.sqlite", "hub.sqlite"),
        ("sqlite:////srv/hub.sqlite?timeout=5", "/srv/hub.sqlite"),
        ("hub.sqlite", "hub.sqlite"),
        ("sqlite:///:memory:", None),
        ("sqlite://", None),
        ("postgresql://hub@db/hub", None),
    ],
)
def test_the_file_of_a_database(url: str, file: str | None) -> None:
    class App:
        db_url = url

    found: Any = hub_files.sqlite_file(App())  # type: ignore[arg-type]
    assert (None if found is None else str(found)) == file


async def test_advice_is_logged_at_the_start_unless_log_findings_is_off(provider: Any, tmp_path: Path) -> None:
    config = generic_config(provider, allow_all=False)
    async with start_hub(config, HubState(directory=tmp_path)) as hub:
        (line,) = hub.log.lines_with("[nobody-allowed]")
        assert "nobody-allowed" in {finding.code for finding in hub.authenticator.found_at_start}  # events, metrics
    assert line.endswith(
        "c.GenericOAuthenticator.allowed_users is not set, nor is any other option that allows users: no user can sign "
        "in. Set 'allow_all', 'allowed_users', or another option that begins with 'allow'. [nobody-allowed]"
    )
    config.GenericOAuthenticator.log_findings = False
    async with start_hub(config, HubState(directory=tmp_path)) as hub:
        assert hub.log.lines_with("[nobody-allowed]") == []


def test_advice_never_stops_the_start_and_each_has_the_stage() -> None:
    assert {each.stage for each in ADVICE_CHECKS} == {"advice"}


def test_findings_of_several_providers_name_the_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    entries = [
        {"authenticator_class": GenericOAuthenticator, "config": {**CLIENT, "allowed_groups": {"g"}}},
        {"authenticator_class": DictionaryAuthenticator, "config": {"passwords": {}}},
    ]
    config = Config({"MultiAuthenticator": {"authenticators": entries, "username_collision": "prefix"}})
    hub = JupyterHub(config=config, log=logging.getLogger("quiet"))
    multi = MultiAuthenticator(parent=hub)
    found = {(each.provider, each.finding.code) for each in findings_by_provider(multi)}
    assert {("generic", "groups-not-managed"), ("dictionary", "dictionary-empty"), ("", "shared-origin")} <= found
    assert {each.code for each in findings_of_running(multi)} == {code for _, code in found}
