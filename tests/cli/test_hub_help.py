"""``jupyterhub --help-all`` and ``jupyterhub --generate-config`` as an operator sees them: short, plain, complete.

The Hub runs in a process whose site-packages has this package, or nothing that registers authenticators, so that what
the other packages of a development environment add is not measured.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.auth import Authenticator
from jupyterhub.crypto import CryptKeeper
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

import oauthenticator_suite
from oauthenticator_suite import GitHubOAuthenticator, OAuthenticator, SuiteAuthenticator
from oauthenticator_suite.hub.options.config_help import plain, wrapped
from oauthenticator_suite.hub.options.trait_types import URL, Renamed
from oauthenticator_suite.hub.unix.local_users import LocalUsers
from oauthenticator_suite.local.forms.authenticator import FormAuthenticator
from tests.support.entry_points import ENTRY_POINTS
from tests.support.help_text import config_sections, help_sections, options_found

LISTED: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in [*ENTRY_POINTS.values(), SuiteAuthenticator, OAuthenticator, FormAuthenticator, LocalUsers]
}
"""The classes of ours that have a section."""

MOST_LINES = 2500
"""Lines that our classes may add. There are about 315 options; their help takes seven lines each."""

ENTRY_POINT_GROUP = "jupyterhub.authenticators"


def site_packages(folder: Path, *, with_suite: bool) -> Path:
    """A folder of links to all installed packages, without those that offer authenticators (but JupyterHub)."""
    folder.mkdir()
    left_out = {"oauthenticator_suite"}
    for one in distributions():
        name = str(one.metadata["Name"])
        if name != "jupyterhub" and any(point.group == ENTRY_POINT_GROUP for point in one.entry_points):
            left_out.add(re.sub(r"[-_.]+", "_", name).lower())
    for place in map(Path, sys.path):
        if place.name == "site-packages":
            for path in place.iterdir():
                metadata = path.suffix in (".dist-info", ".egg-info")
                if not (
                    (metadata and path.name.partition("-")[0].lower() in left_out) or (folder / path.name).exists()
                ):
                    (folder / path.name).symlink_to(path)
    if with_suite:
        package = Path(oauthenticator_suite.__file__).parent
        (folder / package.name).symlink_to(package)
        metadata_folder = folder / "oauthenticator_suite-0.dist-info"
        metadata_folder.mkdir()
        (metadata_folder / "METADATA").write_text("Metadata-Version: 2.1\nName: oauthenticator_suite\nVersion: 0\n")
        lines = [f"{name} = {cls.__module__}:{cls.__name__}" for name, cls in ENTRY_POINTS.items()]
        (metadata_folder / "entry_points.txt").write_text("\n".join([f"[{ENTRY_POINT_GROUP}]", *lines, ""]))
    return folder


def run_hub(packages: Path, folder: Path, *arguments: str, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OAUTH", "OIDC"))}
    result = subprocess.run(
        [sys.executable, "-S", "-m", "jupyterhub", *arguments],  # -S: the environment's own site-packages are not read
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=folder,
        env=environment | {"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"} | variables,
    )
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def hub_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_packages(tmp_path_factory.mktemp("alone") / "site-packages", with_suite=False)


@pytest.fixture(scope="module")
def with_suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_packages(tmp_path_factory.mktemp("suite") / "site-packages", with_suite=True)


@pytest.fixture(scope="module")
def help_all(with_suite: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    secrets = {"OAUTH_CLIENT_SECRET": "of-all-providers", "GITHUB_CLIENT_SECRET": "of-github"}
    return run_hub(with_suite, tmp_path_factory.mktemp("help"), "--help-all", **secrets)


@pytest.fixture(scope="module")
def generated(with_suite: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("generated")
    run_hub(with_suite, folder, "--generate-config", OAUTH_CLIENT_SECRET="of-all-providers")
    return (folder / "jupyterhub_config.py").read_text(encoding="utf-8")


def options_in_full(texts: dict[str, str], pattern: str, other: str) -> list[tuple[str, str]]:
    """(class, option) for each option whose help text is in a section of ours, in order.

    `pattern` finds an option's name, and `other` the text of an option that is described elsewhere.
    """
    found = []
    for name in LISTED:
        for match in re.finditer(pattern, texts[name], re.MULTILINE | re.DOTALL):
            assert match["cls"] == name
            if re.search(other, match["text"]) is None:
                found.append((name, match["option"]))
    return found


IN_HELP = r"^--(?P<cls>\w+)\.(?P<option>\w+)[^\n]*\n(?P<text>.*?)(?=^--|\Z)"
IN_CONFIG = r"^(?P<text>##(?:(?!^##).)*?)^# c\.(?P<cls>\w+)\.(?P<option>\w+) = [^\n]*$"


def own_options() -> set[Any]:
    """Every option that this package declares, once."""
    traits = {trait for cls in LISTED.values() for trait in cls.class_traits(config=True).values()}
    return {trait for trait in traits if trait.this_class.__module__.startswith("oauthenticator_suite.")}


def described(found: list[tuple[str, str]]) -> list[Any]:
    traits = [LISTED[name].class_traits(config=True)[option] for name, option in found]
    return [trait for trait in traits if trait in own_options()]


def test_our_classes_add_few_lines(hub_alone: Path, help_all: str, generated: str, tmp_path: Path) -> None:
    alone = run_hub(hub_alone, tmp_path, "--help-all")
    assert not help_sections(alone).keys() & LISTED.keys()
    assert len(help_all.splitlines()) - len(alone.splitlines()) < MOST_LINES
    ours = config_sections(generated)
    assert sum(len(ours[name].splitlines()) for name in LISTED) < MOST_LINES
    for name, section in help_sections(alone).items():
        if name != "JupyterHub":  # its help names the current directory
            assert help_sections(help_all)[name].strip() == section.strip(), "sections of the Hub's classes stay"


@pytest.mark.parametrize("kind", ["help", "config"])
def test_only_public_classes_have_a_section(kind: str, help_all: str, generated: str) -> None:
    names = (help_sections(help_all) if kind == "help" else config_sections(generated)).keys()
    assert LISTED.keys() <= names
    of_hub = {"Application", "JupyterHub", "Authenticator", "LocalAuthenticator", "CryptKeeper", "Proxy", "Spawner"}
    others = {name for name in names - LISTED.keys() - of_hub if not name.endswith(("Spawner", "Proxy"))}
    assert others <= {"DummyAuthenticator", "NullAuthenticator", "SharedPasswordAuthenticator"}


@pytest.mark.parametrize("kind", ["help", "config"])
def test_every_option_of_ours_is_described_exactly_once(kind: str, help_all: str, generated: str) -> None:
    if kind == "help":
        found = options_in_full(help_sections(help_all), IN_HELP, r"\A    Default: .*See \w+\.\w+\n*\Z")
    else:
        found = options_in_full(config_sections(generated), IN_CONFIG, r"\A## See also: ")
    traits = described(found)
    listed = Counter(f"{trait.this_class.__name__}.{trait.name}" for trait in traits)
    expected = Counter(f"{trait.this_class.__name__}.{trait.name}" for trait in own_options())
    assert listed == expected, (listed - expected, expected - listed)


def test_inherited_options_are_found_by_the_classes_that_a_section_names(help_all: str) -> None:
    """From each class, the named classes lead to the description of every option that it has."""
    sections = help_sections(help_all)
    for name, cls in LISTED.items():
        assert cls.class_traits(config=True).keys() <= options_found(sections, name), name


@pytest.mark.parametrize("kind", ["help", "config"])
def test_the_text_is_plain(kind: str, help_all: str, generated: str) -> None:
    ours = help_sections(help_all) if kind == "help" else config_sections(generated)
    for name in LISTED:
        for mark in (r"^[# ]*\.\. ", "``", r":\w+:`", r"::$", r"\w`_{1,2}(?!\w)", r"\*\*"):
            assert re.search(mark, ours[name], re.MULTILINE) is None, f"{mark} in the section of {name}"


def test_a_changed_default_is_named(help_all: str, generated: str) -> None:
    section = help_sections(help_all)["GitHubOAuthenticator"]
    assert "--GitHubOAuthenticator.login_service=<Unicode>\n    Default: 'GitHub'. See OAuthenticator." in section
    assert "# c.GitHubOAuthenticator.login_service = 'GitHub'\n" in generated
    assert "c.LocalGitHubOAuthenticator.login_service" not in generated, "it has the default of its base"


def test_no_secret_of_the_environment_is_shown(help_all: str, generated: str) -> None:
    for text in (help_all, generated):
        assert "of-all-providers" not in text
        assert "of-github" not in text


def options_in(text: str) -> list[tuple[str, str, str]]:
    """(class, option, value) of every line of ours that an operator can uncomment."""
    ours = "".join(config_sections(text)[name] for name in LISTED)
    return re.findall(r"^# c\.(\w+)\.(\w+) = (.*)$", ours, flags=re.MULTILINE)


@pytest.fixture
def crypt_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    CryptKeeper.clear_instance()
    monkeypatch.setenv("JUPYTERHUB_CRYPT_KEY", "0" * 64)
    yield
    CryptKeeper.clear_instance()


@pytest.mark.usefixtures("crypt_key")
def test_each_option_of_the_generated_file_can_be_uncommented(generated: str, tmp_path: Path) -> None:
    compile(generated, "jupyterhub_config.py", "exec")
    options = options_in(generated)
    assert len(options) > 150
    for name, option, value in options:
        line = f"c.{name}.{option} = {value}"
        assert f"# {line}\n" in generated
        path = tmp_path / "jupyterhub_config.py"
        path.write_text(f"c = get_config()\n{line}\n", encoding="utf-8")
        config: Config = PyFileConfigLoader(path.name, path=str(tmp_path)).load_config()
        if name == "MultiAuthenticator":
            config[name].setdefault("authenticators", ["suite-generic"])
            if option == "authenticators":  # empty by default, which it refuses
                continue
        authenticator = LISTED[name](config=config)
        assert getattr(authenticator, option) == config[name][option], line


@pytest.mark.usefixtures("crypt_key")
def test_all_of_them_at_once(generated: str) -> None:
    """Without the old names, of which some would contradict new ones."""
    config = Config()
    exec(
        "\n".join(
            f"c.{name}.{option} = {value}"
            for name, option, value in options_in(generated)
            if not isinstance(LISTED[name].class_traits()[option], Renamed)
        ),
        {"c": config},
    )
    config.MultiAuthenticator.authenticators = ["suite-generic"]
    for cls in LISTED.values():
        cls(config=config)


class OfAnotherPackage(GitHubOAuthenticator):
    """Sign in with our own GitHub.

    A second paragraph for developers.
    """

    __module__ = "another_package"

    lab_url = URL(
        "https://lab.example.org",
        config=True,
        help="""
        Where the lab's service is. See :class:`another.Class`, or `its page <https://lab.example.org>`__::

        .. note::
            It must be
            reachable.

        .. versionadded:: 3.1
        """,
    )


def test_a_class_of_another_package_has_a_section_of_the_same_kind() -> None:
    assert OfAnotherPackage.class_get_help() == "\n".join(
        [
            "OfAnotherPackage(GitHubOAuthenticator) options",
            "----------------------------------------------",
            "    Sign in with our own GitHub.",
            "",
            "    The options of GitHubOAuthenticator can be set here too, as",
            "    c.OfAnotherPackage.NAME.",
            "",
            "--OfAnotherPackage.lab_url=<URL>",
            "    Where the lab's service is. See `another.Class`, or its page",
            "    (https://lab.example.org):",
            "",
            "    Note: It must be reachable.",
            "    Default: 'https://lab.example.org'",
        ]
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ``b`` and `c`", "a `b` and `c`"),
        ("One.\n\n.. versionadded:: 0.1\n\nTwo.", "One.\n\nTwo."),
        ("One.\n\n.. deprecated:: 0.1\n    Use `two`.", "One.\n\nDeprecated: Use `two`."),
        (
            "One.\n\n.. warning:: Do not\n    do it.\n\n    Never.\n\nTwo.",
            "One.\n\nWarning: Do not do it. Never.\n\nTwo.",
        ),
        ("See :py:meth:`~jupyterhub.app.JupyterHub.start`.", "See `jupyterhub.app.JupyterHub.start`."),
        ("\n    An example::\n\n        c.a = 1\n    ", "An example:\n\n    c.a = 1"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_lines_are_short_also_in_definition_lists(help_all: str, generated: str) -> None:
    for text in (help_all, generated):
        ours = help_sections(text) if text is help_all else config_sections(text)
        long = [line for name in LISTED for line in ours[name].splitlines() if len(line) > 82]
        assert [line for line in long if not re.match(r"--|# c\.|#? +(Default|Choices): ", line)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three", "one two\nthree"),
        ("one\ntwo three", "one two\nthree"),
        ("key\n    one two\nkey 2\n    two", "key\n    one\n    two\nkey 2\n    two"),
        ("one\n\n    c.some.code = 1\n    c.more = 2", "one\n\n    c.some.code = 1\n    c.more = 2"),
    ],
)
def test_wrapped(text: str, expected: str) -> None:
    assert wrapped(text, 8) == expected


def test_the_hubs_own_classes_keep_their_help() -> None:
    assert "--Authenticator.allow_all=<Bool>" in Authenticator.class_get_help()
    assert "# c.Authenticator.allow_all = False" in Authenticator.class_config_section()
