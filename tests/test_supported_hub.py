"""The oldest supported JupyterHub: what an older one is told, and how the documentation keeps pip from replacing it."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import jupyterhub
import pytest
from packaging.requirements import Requirement

from oauthenticator_suite.hub import OLDEST_HUB

REPOSITORY = Path(__file__).parents[1]
SENTENCE = "oauthenticator_suite needs JupyterHub 5.2 or newer, and this environment has 5.1.0: update JupyterHub"

# Into an environment of their own.
NEW_ENVIRONMENT = {"hub/bin/pip install jupyterhub configurable-http-proxy .", "pip install ./oauthenticator_suite"}
EXTRAS_OF_THE_COMMAND = {
    f'pip install "oauthenticator_suite[{extra}]"' for extra in ("completion", "demo", "migrate", "pam")
}


def test_the_requirement_is_the_same() -> None:
    requirements = [Requirement(text) for text in requires("oauthenticator_suite") or []]
    (of_the_hub,) = [each for each in requirements if each.name == "jupyterhub" and each.marker is None]
    oldest = ".".join(map(str, OLDEST_HUB))
    assert any(str(specifier) == f">={oldest}" for specifier in of_the_hub.specifier)
    assert jupyterhub.version_info[:2] >= OLDEST_HUB


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
        keeps = re.search(r'jupyterhub==\$\((/opt/tljh/hub/bin/)?jupyterhub --version\)"', command)
        assert keeps or command in NEW_ENVIRONMENT | EXTRAS_OF_THE_COMMAND, f"{page}: {command}"
