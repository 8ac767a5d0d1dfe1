"""``oauthenticator-suite new NAME --provider``: what it writes into a checkout works there, without a change by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.new_provider import Insertion, NotHere, checkout, inserted, variables

REPOSITORY = Path(__file__).parents[2]
IGNORED = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "node_modules", "build", "dist", "_build", "test-artifacts", "benchmarks"
)

TESTS = [
    "tests/contract/test_registration.py",
    "tests/contract/test_provider_contract.py",
    "tests/contract/test_options_table.py",
    "tests/contract/test_sealed.py",
    "tests/docs/test_docs.py",
    "tests/docs/test_provider_pages.py",
    "tests/fakes/test_example_forge.py",
    "tests/fakes/test_zeta.py",
]
FORMATTED = ["oauthenticator_suite", "tests/contract", "tests/fakes"]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with two more providers: of OAuth 2.0, first in the alphabet, and of OpenID Connect, last."""
    folder = tmp_path_factory.mktemp("checkout") / "suite"
    shutil.copytree(REPOSITORY, folder, ignore=IGNORED)
    for arguments in (["example-forge"], ["zeta", "--openid"]):
        result = run(folder, "oauthenticator_suite.cli", "new", *arguments, "--provider")
        assert (result.returncode, result.stderr) == (0, "")
        assert "TO DO" not in result.stdout
        assert len(result.stdout.partition("\n\n")[0].splitlines()) == 14
    return folder


def test_the_tests_of_what_it_has_written_pass(copy: Path) -> None:
    of_these = "example-forge or example_forge or ExampleForge or zeta or Zeta or Registered or registry or registered"
    result = run(copy, "pytest", "-q", "-x", "-p", "no:cacheprovider", *TESTS, "-k", of_these)
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]
    passed = int(result.stdout.rpartition(" passed")[0].rpartition("\n")[2].rpartition(" ")[2] or 0)
    assert passed > 300, result.stdout[-2000:]


def test_it_is_clean(copy: Path) -> None:
    for arguments in (["check"], ["format", "--diff"]):
        result = run(copy, "ruff", *arguments, "--no-cache", "--quiet", *FORMATTED)
        assert result.returncode == 0, result.stdout + result.stderr
    changed = [path for path in copy.rglob("*") if path.suffix in (".py", ".md") and "example_forge" in path.name]
    assert len(changed) == 4
    for path in changed:
        text = path.read_text(encoding="utf-8")
        assert not any(mark in text for mark in ("<<", ">>", "<%", "%>", "\n\n\n\n")), path
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


MISSING = {
    ("tests/fakes/test_zeta.py", ""): "add tests/fakes/test_zeta.py",
    ("docs/how-to/zeta.md", ""): "add the page docs/how-to/zeta.md",
    ("docs/index.md", "how-to/zeta\n"): "add how-to/zeta to the table of contents in docs/index.md",
    ("docs/how-to/choose-a-provider.md", "](zeta.md)"): "add a link to zeta.md to the list in",
    (
        "tests/contract/own_options.py",
        '"ZetaOAuthenticator": ',
    ): 'add "ZetaOAuthenticator": OwnOptions(…) to OWN_OPTIONS',
    ("CHANGELOG.md", "- `ZetaOAuthenticator` (`suite-zeta`)"): "add to CHANGELOG.md, under Added",
    ("README.md", "`suite-zeta`"): "add `suite-zeta` to the list of providers in README.md",
    ("docs/reference/options.md", "options/zeta\n"): "add options/zeta to the table of contents",
    ("docs/reference/options/github.md", ""): "add the page docs/reference/options/github.md",
    ("oauthenticator_suite/__init__.py", "import ZetaO"): "add to the TYPE_CHECKING block of",
    ("tests/contract/cases/github.py", ""): 'add a ProviderCase with entry_point = "suite-github"',
    ("oauthenticator_suite/registry.py", '    Registered("example-forge"'): (
        "add Registered(…) for oauthenticator_suite/providers/example_forge"
    ),
}
"""(file, text that is changed there; empty: the file is removed) → the sentence of the test that fails."""


def test_what_is_missing_is_named(copy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "suite"
    shutil.copytree(copy, folder)
    for path, text in MISSING:
        before = (folder / path).read_text(encoding="utf-8")
        assert text in before
        changed = "    #" if "Registered" in text else text.replace("eta", "ulu")
        if text:
            (folder / path).write_text(before.replace(text, changed), encoding="utf-8")
        else:
            (folder / path).unlink()
    result = run(folder, "pytest", "-q", "-p", "no:cacheprovider", "tests/contract/test_registration.py")
    assert result.returncode == 1
    for sentence in MISSING.values():
        assert sentence in result.stdout, result.stdout[-3000:]


def test_nothing_is_overwritten(copy: Path) -> None:
    before = (copy / "oauthenticator_suite" / "registry.py").read_text(encoding="utf-8")
    result = run(copy, "oauthenticator_suite.cli", "new", "zeta", "--provider")
    assert result.returncode == 1
    assert result.stderr == f"{copy / 'oauthenticator_suite/providers/zeta.py'} already exists. Nothing was written.\n"
    assert (copy / "oauthenticator_suite" / "registry.py").read_text(encoding="utf-8") == before


def test_outside_of_a_checkout_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "lab", "--provider", "--directory", str(tmp_path)]) == 1
    assert "run it inside a checkout" in capsys.readouterr().err
    with pytest.raises(NotHere):
        checkout(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert checkout(REPOSITORY / "tests" / "cli") == REPOSITORY


def test_a_name_that_no_module_can_have_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "My Forge", "--provider", "--directory", str(REPOSITORY)]) == 1
    assert "Try my-forge." in capsys.readouterr().err


def test_what_a_name_becomes() -> None:
    assert variables("my-forge", openid=False) == {
        "name": "my-forge",
        "module": "my_forge",
        "variable": "MY_FORGE",
        "short": "MyForge",
        "cls": "MyForgeOAuthenticator",
        "fake": "FakeMyForge",
        "title": "My Forge",
        "openid": False,
    }


def test_insertions() -> None:
    insertion = Insertion("", "", r"^- (\w+)$", r"^end$")
    for before, name, after in (
        ("- b\n- d\nend\n", "a", "NEW\n- b\n- d\nend\n"),
        ("- b\n- d\nend\n", "c", "- b\nNEW\n- d\nend\n"),
        ("end\n- b\n- d\nend\n", "e", "end\n- b\n- d\nNEW\nend\n"),
        ("- b\n", "c", None),
    ):
        assert inserted(before, "NEW\n", insertion, name) == after
    at_the_end = Insertion("", "", r"^- (\w+)$", r"\Z")
    assert inserted("- b\n", "NEW\n", at_the_end, "c") == "- b\n\nNEW"
