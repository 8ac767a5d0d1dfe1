"""``oauthenticator-suite check``: real files, and real processes where the exit status matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.check.report import Report, findings_of
from oauthenticator_suite.cli.configuration.sources import read

pytestmark = pytest.mark.hub_versions

REPOSITORY = Path(__file__).parents[2]

GOOD = """
c.JupyterHub.authenticator_class = "suite-github"
c.JupyterHub.public_url = "https://hub.example.org/"
c.GitHubOAuthenticator.client_id = "hub"
c.GitHubOAuthenticator.client_secret_file = __file__.replace("jupyterhub_config.py", "secret")
c.GitHubOAuthenticator.allowed_users = {"ada"}
c.GitHubOAuthenticator.enable_auth_state = True
c.GitHubOAuthenticator.username_claim = "login"
"""


def write(folder: Path, text: str, name: str = "jupyterhub_config.py") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def report_of(*paths: Path, words: tuple[str, ...] = ()) -> Report:
    return findings_of(read(paths, words))


def found(report: Report) -> set[tuple[str, str, int | None]]:
    """Code, option and line of each error and warning."""
    return {
        (each.finding.code, each.finding.option, each.place.line if each.place else None)
        for each in report.findings
        if each.severity != "info"
    }


def process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "oauthenticator_suite", "check", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_a_good_configuration_has_no_finding_and_status_0(folder: Path) -> None:
    write(folder, GOOD)
    before = sorted(folder.iterdir())
    ended = process(folder, "--strict")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Errors" not in ended.stdout
    assert "Callback URL: https://hub.example.org/hub/oauth_callback" in ended.stdout
    assert sorted(folder.iterdir()) == before


def test_an_error_has_file_line_option_reason_fix_and_code_and_status_1(folder: Path) -> None:
    write(folder, GOOD + 'c.GitHubOAuthenticator.alowed_organizations = {"x"}\n')
    ended = process(folder)
    assert ended.returncode == 1
    assert (
        "jupyterhub_config.py:9: c.GitHubOAuthenticator.alowed_organizations has no effect: there is no such option of "
        "GitHubOAuthenticator [unknown-option]\n    Did you mean allowed_organizations?\n"
    ) in ended.stdout


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = 1\ndef broken(:\n", ":2: syntax error"),
        ("import os\nos.environ['NOT_SET_ANYWHERE']\n", ":2: the environment variable NOT_SET_ANYWHERE is not set"),
        ("import no_such_module\n", ":1: ModuleNotFoundError"),
        ("raise ValueError('a-secret-word')\n", ":1: ValueError"),
        ("import sys\nsys.exit(0)\n", ":2: the code of the configuration ended"),
    ],
)
def test_a_configuration_that_cannot_be_read_has_status_2(
    folder: Path, text: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, text)
    assert main(["check"]) == 2
    captured = capsys.readouterr()
    assert f"jupyterhub_config.py{problem}" in captured.err
    assert "a-secret-word" not in captured.err + captured.out


def test_a_missing_file_and_wrong_usage_have_status_2(folder: Path) -> None:
    ended = process(folder)
    assert ended.returncode == 2
    assert "jupyterhub_config.py: there is no such file" in ended.stderr
    with pytest.raises(SystemExit) as ended_by_argparse:
        main(["check", "--no-such-option"])
    assert ended_by_argparse.value.code == 2


def test_what_a_configuration_prints_is_not_in_the_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, GOOD + "print('hello')\n")
    assert main(["check", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "hello\n"
    report: dict[str, Any] = json.loads(captured.out)
    assert report["version"] == 1
    assert report["callback_urls"] == {"": "https://hub.example.org/hub/oauth_callback"}


def test_words_of_the_hubs_command_line_count(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, GOOD)
    assert main(["check", "--", "--GitHubOAuthenticator.allow_all=True"]) == 1
    assert "[open-despite-lists]" in capsys.readouterr().out
    assert main(["check", "--", "--no-such-word"]) == 2


def test_every_mistake_is_found_at_once_with_its_line(folder: Path) -> None:
    write(
        folder, "c.GitHubOAuthenticator.oauth_callback_url = 'https://hub.example.org/hub/oauth_callback/'\n", "sub.py"
    )
    path = write(
        folder,
        GOOD
        + """
c.GitHubOAuthenticator.github_url = "git.example.org"
c.GitHubOAuthenticator.blocked_users.update({""})
for name in ("allowed_organisations",):
    c.GitHubOAuthenticator[name] = {"x"}
c.GitHubOAuthenticator.update(
    {"auth_refresh_age": "soon"}
)
c.OAuthenticator.allowed_groups = {"g"}
load_subconfig("sub.py")
c.JupyterHub.bind_ulr = "http://:8000"
""",
    )
    report = report_of(path)
    assert found(report) == {
        ("invalid-value", "c.GitHubOAuthenticator.github_url", 10),
        ("empty-name", "c.GitHubOAuthenticator.blocked_users", 11),
        ("unknown-option", "c.GitHubOAuthenticator.allowed_organisations", 13),
        ("invalid-value", "c.GitHubOAuthenticator.auth_refresh_age", 14),
        ("groups-not-managed", "c.GitHubOAuthenticator.allowed_groups", 17),
        ("callback-path", "c.GitHubOAuthenticator.oauth_callback_url", 1),
        ("unknown-hub-option", "c.JupyterHub.bind_ulr", 19),
    }
    (callback,) = (each for each in report.findings if each.finding.code == "callback-path")
    assert callback.place is not None
    assert Path(callback.place.file).name == "sub.py"


PAGE = REPOSITORY / "docs" / "how-to" / "check-the-configuration.md"


def block_on_page(name: str) -> str:
    """The code block between two comments of the page."""
    text = (
        PAGE.read_text(encoding="utf-8").partition(f"<!-- {name}: begin -->")[2].partition(f"<!-- {name}: end -->")[0]
    )
    return text.partition("```")[2].partition("\n")[2].partition("```")[0]


def test_the_report_on_the_page_is_real(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, block_on_page("checked configuration"))
    assert main(["check"]) == 1
    assert capsys.readouterr().out == block_on_page("report of it")
