"""A plug-in, from nothing to a login: this package is built, a plug-in is written by it, installed, tested and used."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from oauthenticator_suite.cli.new import KINDS, template_folder

from .hub_process import REPOSITORY, HubProcess
from .web_client import Page, WebClient

AUTHOR = 'Ægir "Bobby" O\'Neill \\ Söhne'
PLUGINS = {"lab-login": "form", "lab-oauth": "oauth", "lab-door": "base"}

BUILT_FROM = (
    *("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"),
    *("oauthenticator_suite", "examples", "cookiecutter-authenticator"),
)


@dataclass(frozen=True)
class Built:
    """This package, as it would be published."""

    sdist: Path
    wheel: Path


@dataclass(frozen=True)
class Environment:
    """A separate virtual environment. It has only the packages that are installed into it.

    What else a Hub needs it borrows from the environment of the tests, since installing that again takes minutes.
    """

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def run(self, *command: str | Path, cwd: Path | None = None) -> str:
        """The output of a command that must succeed."""
        return run(*command, cwd=cwd, PATH=f"{self.folder / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")

    def install(self, *what: Path) -> None:
        run(
            *(
                sys.executable,
                "-m",
                "pip",
                "--python",
                self.python,
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ),
            *("--no-deps", "--no-build-isolation", "--no-index", "--ignore-installed", *what),
        )


def run(*command: str | Path, cwd: Path | None = None, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    result = subprocess.run(
        [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The source package, made of a copy of the checkout, and the wheel that is made of that."""
    folder = tmp_path_factory.mktemp("built")
    for name in BUILT_FROM:
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        (folder / "checkout").mkdir(exist_ok=True)
        copy(REPOSITORY / name, folder / "checkout" / name)
    build = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
    run(sys.executable, "-c", build, "build_sdist", folder, cwd=folder / "checkout")
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    run(sys.executable, "-c", build, "build_wheel", folder, cwd=unpacked)
    (wheel,) = folder.glob("*.whl")
    return Built(sdist, wheel)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, built: Built) -> Environment:
    """An environment with the wheel."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    lines = [f"import site; site.addsitedir({path!r})" for path in sorted(borrowed)]
    (site_packages / "borrowed.pth").write_text("\n".join(lines), encoding="utf-8")
    made = Environment(folder)
    made.install(built.wheel)
    where = made.run(made.python, "-c", "import oauthenticator_suite; print(oauthenticator_suite.__file__)", cwd=folder)
    assert where.startswith(str(site_packages))
    return made


@pytest.fixture(scope="module")
def plugins(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a plug-in of each kind, which are installed, and a broken one next to them."""
    folder = tmp_path_factory.mktemp("plugins")
    for name, kind in PLUGINS.items():
        environment.run("oauthenticator-suite", "new", name, "--kind", kind, "--author", AUTHOR, cwd=folder)
    broken = folder / "a-broken-one"
    environment.run("oauthenticator-suite", "new", broken.name, cwd=folder)
    (broken / "a_broken_one" / "__init__.py").write_text("import a_module_of_nobody\n", encoding="utf-8")
    environment.install(broken, *(folder / name for name in PLUGINS))
    return folder


def test_the_template_is_in_what_is_published(built: Built) -> None:
    template = template_folder()
    files = {
        path.relative_to(template).as_posix()
        for path in template.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len(files) > 20
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/cookiecutter-authenticator/")[2] for name in archive.getnames()}
    assert files <= names
    with zipfile.ZipFile(built.wheel) as archive:
        inside = "oauthenticator_suite/cookiecutter_authenticator/"
        names = {name.removeprefix(inside) for name in archive.namelist() if name.startswith(inside)}
        assert "oauthenticator_suite/examples/jupyterhub_config.py" in archive.namelist()
    assert names == files


@pytest.mark.parametrize(
    "name", [name if name == "lab-login" else pytest.param(name, marks=pytest.mark.slow) for name in PLUGINS]
)
def test_the_tests_of_a_new_package_pass(plugins: Path, environment: Environment, name: str) -> None:
    said = environment.run(
        *("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestDeprecationWarning"),
        cwd=plugins / name,
    )
    passed = said.splitlines()[-1]
    assert " passed in " in passed
    assert "failed" not in passed
    assert "skipped" not in passed


def test_every_kind_is_tried() -> None:
    assert set(PLUGINS.values()) == set(KINDS)


@pytest.mark.usefixtures("plugins")
def test_they_are_discovered_and_the_broken_one_stops_nothing(environment: Environment) -> None:
    code = (
        "import json, logging, sys; from importlib.metadata import metadata\n"
        "from oauthenticator_suite.plugins import discover_plugins\n"
        "logging.basicConfig(stream=sys.stdout, format='%(levelname)s %(message)s')\n"
        "found = discover_plugins(logging.getLogger())\n"
        "print(json.dumps([{name: cls.__name__ for name, cls in found.items()}, metadata('lab-login')['Author']]))"
    )
    *log, found = environment.run("python", "-c", code).splitlines()
    classes = {"lab-login": "LabLoginAuthenticator", "lab-oauth": "LabOauthAuthenticator"}
    assert json.loads(found) == [classes | {"lab-door": "LabDoorAuthenticator"}, AUTHOR]
    assert log == [
        "WARNING The plug-in 'a-broken-one' of 'a-broken-one' is skipped: loading it raised: "
        "ModuleNotFoundError: No module named 'a_module_of_nobody'",
    ]


SEVERAL = """
c.JupyterHub.authenticator_class = "suite-multi"
c.MultiAuthenticator.authenticators = ["lab-login", "lab-door"]
c.LabDoorAuthenticator.trusted_proxies = ["127.0.0.1"]
c.LabDoorAuthenticator.secret_file = "SECRET"
c.LabDoorAuthenticator.allow_all = True
"""


@pytest.fixture(scope="module", params=["alone", "one of several"])
def hub(
    request: pytest.FixtureRequest, plugins: Path, environment: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HubProcess]:
    """A Hub behind a real proxy, whose configuration is that of the plug-in's README."""
    folder = tmp_path_factory.mktemp("hub-with-a-plugin")
    people, secret, config = folder / "people.json", folder / "secret", folder / "jupyterhub_config.py"
    hashed = subprocess.run(
        [environment.folder / "bin" / "oauthenticator-suite", "hash-password"],
        input="lovelace\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    people.write_text(json.dumps({"ada": hashed.stdout.strip()}), encoding="utf-8")
    secret.write_text(secrets.token_hex(32), encoding="utf-8")
    readme = (plugins / "lab-login" / "README.md").read_text(encoding="utf-8")
    example = readme.partition("```python\n")[2].partition("```")[0]
    more = SEVERAL if request.param == "one of several" else ""
    configuration = (example + more).replace("/srv/jupyterhub/people.json", str(people)).replace("SECRET", str(secret))
    config.write_text(configuration, encoding="utf-8")
    hub = HubProcess(
        folder,
        environment={"JUPYTERHUB_CRYPT_KEY": secrets.token_hex(32)},
        configuration=[config],
        python=environment.python,
    )
    try:
        hub.start()
        yield hub
    finally:
        hub.end()


def sign_in(client: WebClient, hub: HubProcess, password: str) -> Page:
    page = client.get(hub.page("login?next=%2Fhub%2Fhome"))
    return client.submit(page, page.form(having="password"), {"username": "ada", "password": password})


def test_somebody_signs_in_with_it(hub: HubProcess, client: WebClient) -> None:
    page = sign_in(client, hub, "lovelace")
    assert (page.status, page.path) == (200, "/hub/home")
    assert 'user: "ada"' in page.html
    assert "LabLoginAuthenticator" in hub.log_text


def test_a_wrong_password_is_refused(hub: HubProcess, client: WebClient) -> None:
    page = sign_in(client, hub, "hopper")
    assert page.status == 403
    assert page.form(having="password")
    assert client.get(hub.page("home")).path == "/hub/login"


@pytest.mark.parametrize("hub", ["one of several"], indirect=True)
def test_one_with_pages_of_its_own_has_them_below_its_name(hub: HubProcess, client: WebClient) -> None:
    page = client.get(hub.page("login"))
    page = client.get(page.link("Lab Door"))
    assert (page.status, page.path) == (403, "/hub/auth/lab-door/login")


class From(HTTPAdapter):
    """Connections from an address of this machine."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, source_address=(self.address, 0))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, 127.0.0.1 is the only address of this kind")
@pytest.mark.parametrize("hub", ["one of several"], indirect=True)
@pytest.mark.parametrize("forwarded", [None, "127.0.0.1", "198.51.100.1"])
def test_what_the_hubs_own_proxy_says_of_a_sender_is_believed_and_nothing_else(
    hub: HubProcess, forwarded: str | None
) -> None:
    """Of `X-Forwarded-For` only the end is the proxy's; `X-Real-Ip` is anybody's."""
    secret = (hub.folder / "secret").read_text(encoding="utf-8")
    ways = {"X-Forwarded-For": forwarded, "X-Real-Ip": forwarded} if forwarded else {}
    for address, status in (("127.0.0.1", 200), ("127.0.0.9", 403)):
        with requests.Session() as browser:
            browser.mount(hub.url, From(address))
            browser.headers.update({"Remote-User": "grace", "X-Proxy-Secret": secret, **ways})
            page = browser.get(hub.page("auth/lab-door/login?next=%2Fhub%2Fhome"), timeout=30)
        assert page.status_code == status
        assert ('user: "grace"' in page.text) == (status == 200)
