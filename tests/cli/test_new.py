"""``oauthenticator-suite new``: what it writes, what it refuses, and that cookiecutter writes the same."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points, requires
from pathlib import Path

import pytest
from traitlets.config import Config

from oauthenticator_suite import SuiteAuthenticator
from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.new import (
    KINDS,
    MAX_NAME,
    InvalidName,
    check_name,
    check_package_name,
    render,
    template_folder,
    write,
)
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.base.startup_checks import no_authenticate
from oauthenticator_suite.registry import modules

REPOSITORY = Path(__file__).parents[2]
LONGEST = "l" * MAX_NAME
AUTHORS = ["Ada Lovelace", "Ægir Þórsson", 'Robert "Bobby" O\'Neill \\ Söhne', "😀"]


def run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=environment
    )


def contents(folder: Path) -> dict[str, str]:
    """The files below a folder, with their text."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def by_cookiecutter(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Have cookiecutter write from the template."""
    folder.mkdir()
    config = folder / "config.yaml"
    config.write_text(f"replay_dir: {folder / 'replay'}\ncookiecutters_dir: {folder / 'cookiecutters'}\n")
    given = [f"{name}={value}" for name, value in variables.items()]
    return run(
        *(sys.executable, "-m", "cookiecutter", "--no-input", "--config-file", config, "--output-dir", folder),
        *(template_folder(), *given),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["lab-login", "x", "room-2b", LONGEST])
def test_what_is_written_is_clean(kind: str, name: str, tmp_path: Path) -> None:
    """ruff looks at it with the settings that come with it; the names of classes make lines longer and shorter."""
    assert main(["new", name, "--kind", kind, "--directory", str(tmp_path)]) == 0
    package = tmp_path / name
    for arguments in (["check"], ["format", "--diff"]):
        result = run(sys.executable, "-m", "ruff", *arguments, "--no-cache", cwd=package)
        assert result.returncode == 0, result.stdout + result.stderr
    leftovers = ("cookiecutter.", "{%", "%}", "{{ ", " }}", "\n\n\n\n")
    for path, text in contents(package).items():
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        for left_over in leftovers:
            assert left_over not in text, path


@pytest.mark.parametrize(
    ("kind", "author"), [*((kind, None) for kind in KINDS), *((KINDS[0], author) for author in AUTHORS)]
)
def test_cookiecutter_writes_the_same(kind: str, author: str | None, tmp_path: Path) -> None:
    given = {"name": "lab-login", "kind": kind} | ({"author": author} if author else {})
    result = by_cookiecutter(tmp_path / "theirs", **given)
    assert result.returncode == 0, result.stdout + result.stderr
    _, files = render("lab-login", kind, author or "")
    assert contents(tmp_path / "theirs" / "lab-login") == {str(path): text for path, text in files.items()}


NAMES = {
    "lab-login": ("lab_login", "LabLoginAuthenticator", "Lab Login"),
    "x": ("x", "XAuthenticator", "X"),
    "room-2b": ("room_2b", "Room2bAuthenticator", "Room 2b"),
    "lab3": ("lab3", "Lab3Authenticator", "Lab3"),
    "lab-authenticator": ("lab_authenticator", "LabAuthenticator", "Lab"),
    "lab-authenticator-two": ("lab_authenticator_two", "LabAuthenticatorTwoAuthenticator", "Lab Authenticator Two"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "expected"), NAMES.items(), ids=list(NAMES))
def test_what_a_name_becomes(kind: str, name: str, expected: tuple[str, str, str]) -> None:
    package, cls, title = expected
    variables, files = render(name, kind)
    assert (variables["__package"], variables["__class"], variables["__title"]) == expected
    module = ast.parse(files[Path(package, "authenticator.py")])
    assert cls in [node.name for node in module.body if isinstance(node, ast.ClassDef)]
    settings = files[Path("pyproject.toml")]
    for group in ("jupyterhub.authenticators", "oauthenticator_suite.authenticator"):
        assert f'[project.entry-points."{group}"]\n{name} = "{package}:{cls}"\n' in settings
    assert f"# {name}\n" in files[Path("README.md")]
    assert title in files[Path("README.md")]


REFUSED = {
    "": "",
    "Lab": "Try lab.",
    "LabLogin": "Try lab-login.",
    "lab_login": "Try lab-login.",
    "lab login": "Try lab-login.",
    "lab--login": "Try lab-login.",
    "-lab-": "Try lab.",
    "2lab": "Try lab.",
    "lab.login": "Try lab-login.",
    "../lab": "Try lab.",
    "läb": "Try l-b.",
    "lab\n": "Try lab.",
    "ⅼab": "Try ab.",  # its first character is a Roman numeral
    "12": "",
    "a" * (MAX_NAME + 1): f"at most {MAX_NAME}",
    "class": "class already has a meaning",
    "match": "match already has a meaning",
    "tests": "tests already has a meaning",
    "jupyterhub": "jupyterhub already has a meaning",
    "oauthenticator-suite": "oauthenticator_suite already has a meaning",
    "json": "json is a module of the standard library",
    "import-lib": None,
    "importlib": "importlib is a module of the standard library",
    "suite-x": "Try x-login.",
    "suite": "there is a class SuiteAuthenticator already",
    "simple": "there is a class SimpleAuthenticator already",
    "o-authenticator": "there is a class OAuthenticator already",
    "local": "a Hub may have an authenticator of this name",
    "github": "a Hub may have an authenticator of this name",
    "local-github": "a Hub may have an authenticator of this name",
    "shared-password": "a Hub may have an authenticator of this name",
    "traitlets": "traitlets is a module that JupyterHub needs",
    "local-lab": None,
    "suited": None,
}


@pytest.mark.parametrize(("name", "hint"), REFUSED.items(), ids=map(ascii, REFUSED))
def test_a_name_that_no_package_can_have_is_refused_by_both(
    name: str, hint: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = 0 if hint is None else 1
    assert main(["new", f"--directory={tmp_path / 'ours'}", "--", name]) == expected
    errors = capsys.readouterr().err
    assert (hint or "") in errors
    assert (hint is None) == (errors == "")
    assert (tmp_path / "ours").exists() == (hint is None)
    theirs = by_cookiecutter(tmp_path / "theirs", name=name)
    assert (theirs.returncode == 0) == (hint is None), theirs.stdout
    assert [path.name for path in (tmp_path / "theirs").iterdir() if path.is_dir() and path.name != "replay"] == (
        [name] if hint is None else []
    )


def test_a_hint_is_a_name() -> None:
    for hint in filter(None, REFUSED.values()):
        if hint.startswith("Try "):
            check_name(hint.removeprefix("Try ").removesuffix("."))
    with pytest.raises(InvalidName):
        check_name("No")


@pytest.mark.parametrize("there", ["an empty folder", "a folder", "a file", "a link to nothing"])
def test_nothing_is_overwritten(there: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "lab-login"
    if there == "a file":
        target.write_text("mine")
    elif there == "a link to nothing":
        target.symlink_to(tmp_path / "nowhere")
    else:
        target.mkdir()
        if there == "a folder":
            (target / "README.md").write_text("mine")
    before = contents(tmp_path)
    assert main(["new", "lab-login", "--directory", str(tmp_path)]) == 1
    assert capsys.readouterr() == ("", f"{target} already exists. Nothing was written.\n")
    assert contents(tmp_path) == before
    assert not (tmp_path / "nowhere").exists()


def test_a_place_where_nothing_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["new", "lab-login", "--directory", str(tmp_path / "file")]) == 1
    assert "Not a directory" in capsys.readouterr().err


def test_it_is_made_where_one_is_and_says_what_to_do_next(tmp_path: Path) -> None:
    result = run(sys.executable, "-m", "oauthenticator_suite.cli", "new", "lab-login", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "the package lab_login with the class LabLoginAuthenticator" in result.stdout
    assert "cd lab-login\n" in result.stdout
    _, files = render("lab-login", "form")
    assert set(contents(tmp_path / "lab-login")) == set(map(str, files))


def licence(folder: Path) -> str:
    """Whose the licence says that it is."""
    return (folder / "lab-login" / "LICENSE").read_text(encoding="utf-8").splitlines()[2]


@pytest.mark.parametrize("author", AUTHORS)
def test_the_author_is_the_one_that_is_given(author: str, tmp_path: Path) -> None:
    assert main(["new", "lab-login", "--author", author, "--directory", str(tmp_path)]) == 0
    assert licence(tmp_path) == f"Copyright (c) {author}"


def test_else_it_is_who_makes_the_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, str(tmp_path / "gitconfig"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gitconfig").write_text("[user]\nname = Grace Hopper\n")
    assert main(["new", "lab-login"]) == 0
    assert licence(tmp_path) == "Copyright (c) Grace Hopper"
    (tmp_path / "gitconfig").write_text("")
    assert main(["new", "lab-login", "--directory", "nameless"]) == 0
    assert licence(tmp_path / "nameless") == "Copyright (c) The authors of lab-login"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["new", "lab-login", "--directory", "without-git"]) == 0
    assert licence(tmp_path / "without-git") == "Copyright (c) The authors of lab-login"


@pytest.mark.parametrize("author", ["Ada\nMIT License", "Ada\x1b[31m", "Ada\u2028"])
def test_an_author_of_several_lines_is_refused(author: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "lab-login", "--author", author, "--directory", str(tmp_path)]) == 1
    assert "control characters" in capsys.readouterr().err
    assert contents(tmp_path) == {}


def test_the_template_is_that_of_the_repository() -> None:
    assert template_folder().samefile(REPOSITORY / "cookiecutter-authenticator")


def test_cookiecutter_knows_the_same_kinds() -> None:
    declared = json.loads((template_folder() / "cookiecutter.json").read_text(encoding="utf-8"))
    assert tuple(declared["kind"]) == KINDS
    assert set(declared["__prompts__"]["kind"]) == {"__prompt__", *KINDS}


def test_the_licence_is_the_suites_own_but_for_the_name() -> None:
    ours = (REPOSITORY / "LICENSE").read_text(encoding="utf-8").splitlines()
    _, files = render("lab-login", "form", "Ada")
    theirs = files[Path("LICENSE")].splitlines()
    assert [number for number, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other] == [2]


@pytest.mark.parametrize("kind", KINDS)
def test_what_its_readme_and_the_documentation_set_are_options_of_the_class(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"of-kind-{kind}"
    variables, files = render(name, kind)
    write(files, tmp_path / name)
    monkeypatch.syspath_prepend(tmp_path / name)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    cls = getattr(importlib.import_module(variables["__package"]), variables["__class"])
    assert issubclass(cls, SuiteAuthenticator)
    with pytest.raises(ConfigurationError, match=variables["__class"]):
        cls(config=Config()).check_configuration()
    assert list(no_authenticate.find(cls(config=Config()))) == []
    texts = {variables["__class"]: files[Path("README.md")]}
    if kind == "form":
        texts["LabLoginAuthenticator"] = (REPOSITORY / "docs/how-to/write-a-plugin.md").read_text(encoding="utf-8")
    for class_name, text in texts.items():
        options = set(re.findall(rf"\bc\.{class_name}\.(\w+) =", text))
        assert len(options) > 1
        assert options <= set(cls.class_traits(config=True))


def test_no_python_file_of_it_needs_more_than_it_says() -> None:
    """Its dependencies are the Hub and this package; tests also need pytest and requests."""
    allowed = {"jupyterhub", "oauthenticator_suite", "traitlets", "lab_login", "__future__", *sys.stdlib_module_names}
    for kind in KINDS:
        _, files = render("lab-login", kind)
        for path, text in files.items():
            if path.suffix == ".py":
                imported = set()
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, ast.Import):
                        imported |= {alias.name.split(".")[0] for alias in node.names}
                    elif isinstance(node, ast.ImportFrom) and not node.level:
                        imported.add(str(node.module).split(".")[0])
                extra = {"pytest", "requests"} if path.parts[0] == "tests" else set()
                assert imported <= allowed | extra, path


def test_the_names_of_jupyterhub_and_of_oauthenticator_are_taken() -> None:
    """As installed here: every entry point and every class of both, and every module that this package needs."""
    for point in entry_points(group="jupyterhub.authenticators"):
        if point.dist is not None and point.dist.name in ("jupyterhub", "oauthenticator"):
            with pytest.raises(InvalidName):
                check_package_name(point.name)
    for requirement in requires("oauthenticator_suite") or ():
        if "extra" not in requirement:
            name = (
                re.split(r"[^\w-]", requirement)[0]
                .removesuffix("-cffi")
                .removeprefix("python-")
                .replace("pyjwt", "jwt")
                .replace("pyyaml", "yaml")
            )
            with pytest.raises(InvalidName):
                check_package_name(name)
    for cls in {*modules(), "FormAuthenticator", "DummyAuthenticator", "NullAuthenticator", "LocalAuthenticator"}:
        name = cls.removesuffix("Authenticator").lower()
        if render(name, "base")[0]["__class"] == cls:
            with pytest.raises(InvalidName):
                check_package_name(name)
