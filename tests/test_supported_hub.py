"""What the package needs of its environment: the sentences when it is not there, and how the documentation keeps pip from
replacing the JupyterHub that is installed."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import metadata, requires
from pathlib import Path

import jupyterhub
import pytest
from packaging.requirements import Requirement

from oauthenticator_suite.environment import (
    NEWEST_HUB,
    NEWEST_PYTHON,
    OLDEST_HUB,
    OLDEST_PYTHON,
    hub_version,
    requirements,
    warning,
    why_not,
)

REPOSITORY = Path(__file__).parents[1]
SENTENCE = "oauthenticator_suite needs JupyterHub 5.2 or newer, and this environment has 5.1.0: update JupyterHub"

# Into an environment of their own.
NEW_ENVIRONMENT = {
    "hub/bin/pip install jupyterhub jupyterlab configurable-http-proxy .",
    "pip install ./oauthenticator_suite",
}
EXTRAS_OF_THE_COMMAND = {f'pip install "oauthenticator_suite[{extra}]"' for extra in ("completion", "demo", "migrate")}


def test_the_requirement_is_the_same() -> None:
    requirements = [Requirement(text) for text in requires("oauthenticator_suite") or []]
    (of_the_hub,) = [each for each in requirements if each.name == "jupyterhub" and each.marker is None]
    oldest = ".".join(map(str, OLDEST_HUB))
    assert {str(specifier) for specifier in of_the_hub.specifier} == {f">={oldest}", f"<{NEWEST_HUB[0] + 1}"}
    assert OLDEST_HUB <= jupyterhub.version_info[:2] < (NEWEST_HUB[0] + 1,)
    assert metadata("oauthenticator_suite")["Requires-Python"] == f">={'.'.join(map(str, OLDEST_PYTHON))}"


def test_an_older_python_is_told_in_one_sentence() -> None:
    assert why_not((5, 2, 0), python=(3, 9, 18, "final", 0)) == (
        "oauthenticator_suite needs Python 3.10 or newer, and this environment has 3.9.18: "
        "create the environment of the Hub with a newer Python"
    )


def test_missing_packages_are_told_in_one_sentence() -> None:
    assert why_not((6, 1, 1), needed=["mwoauth", "aiohttp", "joserfc"], installed={"aiohttp"}.__contains__) == (
        "oauthenticator_suite needs packages that are not installed: pip install joserfc mwoauth"
    )
    assert why_not((6, 1, 1)) == "", "all requirements of this environment are installed"
    assert {"joserfc", "jupyterhub", "mwoauth", "python-pam"} <= set(requirements())
    assert "shtab" not in requirements(), "an extra is not needed"


def run_without(package: str, program: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process in which this package seems not to be installed."""
    hiding = (
        "import importlib.metadata as m; found = m.distribution\n"
        "def distribution(name):\n"
        f"    if name == {package!r}: raise m.PackageNotFoundError(name)\n"
        "    return found(name)\n"
        "m.distribution = distribution\n"
    )
    command = [sys.executable, "-c", hiding + program]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=100, check=False)


def test_a_missing_package_stops_the_import() -> None:
    """As in an image that was built with ``pip install --no-deps``."""
    ended = run_without("joserfc", "from oauthenticator_suite import GitHubOAuthenticator")
    sentence = "oauthenticator_suite needs packages that are not installed: pip install joserfc"
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[0] == sentence
    assert ended.stderr.splitlines()[-1] == f"ImportError: {sentence}"


@pytest.mark.parametrize(
    ("package", "name", "others"),
    [
        ("mwoauth", "MWOAuthenticator", ["GitHubOAuthenticator", "PAMAuthenticator"]),
        ("python-pam", "", ["GitHubOAuthenticator", "MWOAuthenticator"]),
    ],
)
def test_a_package_of_one_class_stops_no_other(package: str, name: str, others: list[str]) -> None:
    """Without python-pam, the start-up check of `PAMAuthenticator` says so."""
    program = f"from oauthenticator_suite import {', '.join(others)}\nprint('imported')\n"
    ended = run_without(package, program + (f"from oauthenticator_suite import {name}" if name else ""))
    assert ended.stdout == "imported\n"
    if name:
        sentence = f"{name} needs packages that are not installed: pip install {package}"
        assert ended.stderr.splitlines()[0] == sentence
        assert ended.stderr.splitlines()[-1] == f"ImportError: {sentence}"
    assert ended.returncode == bool(name)


@pytest.mark.parametrize("command", ["check", "explain --claims x", "hash-password", "demo"])
def test_a_missing_package_is_told_by_each_command(command: str) -> None:
    """Without a traceback, and with the status of a command that could not do its work."""
    program = f"from oauthenticator_suite.cli import main; raise SystemExit(main({command.split()!r}))"
    ended = run_without("aiohttp", program)
    needs = "oauthenticator_suite needs packages that are not installed: pip install aiohttp"
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines() == [f"oauthenticator-suite: {needs}"]


def test_the_newest_python_is_the_newest_of_the_classifiers() -> None:
    listed = re.findall(r"Python :: 3\.(\d+)", " ".join(metadata("oauthenticator_suite").get_all("Classifier") or []))
    assert (3, max(map(int, listed))) == NEWEST_PYTHON


def test_the_version_of_the_hub_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub_version() == jupyterhub.version_info[:3]
    needed = ["jupyterhub"]
    assert why_not((), needed=needed, installed=lambda name: False).endswith("not installed: pip install jupyterhub")


def test_a_newer_hub_is_a_warning() -> None:
    for supported in ((5, 2, 0), (5, 5, 0), (6, 0, 0), (6, 9, 3)):
        assert warning(supported) == ""
    assert warning((7, 0, 1)) == (
        "oauthenticator_suite supports JupyterHub 5.2 to 6, and this environment has 7.0.1: "
        "install a newer oauthenticator_suite"
    )
    newer = "import jupyterhub; jupyterhub.version_info, jupyterhub.__version__ = (7, 0, 1, '', ''), '7.0.1'; "
    ended = subprocess.run(
        [sys.executable, "-c", newer + "import oauthenticator_suite.hub"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (ended.returncode, ended.stderr.strip()) == (0, warning((7, 0, 1)))


@pytest.mark.parametrize(
    "code",
    [
        "import oauthenticator_suite.hub.oauth.authenticator",
        "from oauthenticator_suite import MWOAuthenticator",
        "from oauthenticator_suite.multi import MultiAuthenticator",
        "from oauthenticator_suite.extend import OAuthenticator",
        # of a class that it cannot import by its path, the Hub says only that
        "from jupyterhub.app import JupyterHub; JupyterHub(authenticator_class='oauthenticator_suite.PAMAuthenticator')",
    ],
    ids=lambda code: code.rpartition(" ")[2],
)
def test_an_older_hub_is_told_in_one_sentence(code: str) -> None:
    older = "import jupyterhub; jupyterhub.version_info, jupyterhub.__version__ = (5, 1, 0, '', ''), '5.1.0'; "
    ended = subprocess.run(
        [sys.executable, "-c", older + code], cwd=REPOSITORY, capture_output=True, text=True, timeout=100, check=False
    )
    assert ended.returncode == 1
    lines = ended.stderr.splitlines()
    assert lines[0].startswith(SENTENCE)
    if "JupyterHub(" not in code:
        assert lines[-1].startswith(f"ImportError: {SENTENCE}")


def commands() -> list[tuple[str, str]]:
    """The commands in the documentation that install the package, or a plug-in that needs it."""
    pages = [
        REPOSITORY / "README.md",
        *sorted((REPOSITORY / "docs").rglob("*.md")),
        *sorted((REPOSITORY / "cookiecutter-authenticator").rglob("*.md")),
    ]
    found = []
    for page in pages:
        for command in re.findall(r"[\w./-]*pip install [^`\n]*", page.read_text(encoding="utf-8")):
            words = command.split(" install ", 1)[1]
            if re.search(r"oauthenticator_suite|\{\{ cookiecutter\.name \}\}|(^| )\.( |$)", words):
                found.append((str(page.relative_to(REPOSITORY)), command))
    return found


def test_commands_keep_the_hub_that_is_installed() -> None:
    found = commands()
    assert len(found) >= 8
    for page, command in found:
        keeps = " --no-deps " in command or re.search(
            r'jupyterhub==\$\((/opt/tljh/hub/bin/)?jupyterhub --version\)"', command
        )
        assert keeps or command in NEW_ENVIRONMENT | EXTRAS_OF_THE_COMMAND, f"{page}: {command}"
