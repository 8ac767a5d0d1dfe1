"""The environment and command lines of the demo's processes, and the demo's messages."""

import socket
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from traitlets.config import PyFileConfigLoader

from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.demo.people import GUEST_PEOPLE, GUESTS, PEOPLE, UNIVERSITY, table
from oauthenticator_suite.cli.demo.runner import (
    PROVIDER,
    REMIND_AFTER,
    Demo,
    DemoFailed,
    Ports,
    check_installed,
    example_config,
    hub_command,
    introduction,
    make_environment,
    status_of,
)

PORTS = Ports(hub=8003, proxy_api=8001, hub_api=8081, provider=8080)


EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_example_is_the_one_of_the_repository() -> None:
    assert example_config().samefile(EXAMPLES / "demo_config.py")


def test_the_demo_runs_the_example_with_a_second_way_and_a_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written in jupyterhub_config.py holds in the demo."""
    for name, value in make_environment(PORTS, {}).items():
        monkeypatch.setenv(name, value)
    example, demo = (
        PyFileConfigLoader(name, path=str(EXAMPLES)).load_config()
        for name in ("jupyterhub_config.py", "demo_config.py")
    )
    assert demo.JupyterHub.pop("authenticator_class") == "suite-multi"
    assert example.JupyterHub.pop("authenticator_class") == "suite-generic"
    for section, options in example.items():
        assert options.items() <= demo[section].items()
    assert [each["authenticator_class"] for each in demo.MultiAuthenticator.authenticators] == [
        "suite-generic",
        "suite-dictionary",
    ]


def test_the_guests_of_the_configuration_are_those_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in make_environment(PORTS, {}).items():
        monkeypatch.setenv(name, value)
    passwords = PyFileConfigLoader("demo_config.py", path=str(EXAMPLES)).load_config().DictionaryAuthenticator.passwords
    assert set(passwords) == {guest.username for guest in GUEST_PEOPLE}
    for guest in GUEST_PEOPLE:
        assert PasswordHasher().verify(passwords[guest.username], guest.password)


def test_the_environment_speaks_of_the_demo_and_of_no_other_hub() -> None:
    inherited = {
        "HOME": "/home/somebody",
        "PATH": "/usr/bin",
        "OAUTH2_TOKEN_URL": "https://other.example.org/token",
        "OAUTH_TLS_VERIFY": "0",
        "JUPYTERHUB_API_TOKEN": "another's",
        "CONFIGPROXY_AUTH_TOKEN": "another's",
    }
    environment = make_environment(PORTS, inherited)
    assert environment["HOME"] == "/home/somebody"
    assert environment["PATH"].endswith(":/usr/bin")
    assert environment["OIDC_ISSUER"] == "http://127.0.0.1:8080"
    assert environment["OAUTH_CLIENT_ID"] == "jupyterhub-demo"
    assert not {"OAUTH2_TOKEN_URL", "OAUTH_TLS_VERIFY", "JUPYTERHUB_API_TOKEN", "CONFIGPROXY_AUTH_TOKEN"} & set(
        environment
    )


@pytest.mark.parametrize("name", ["OAUTH_CLIENT_SECRET", "JUPYTERHUB_CRYPT_KEY", "JPY_COOKIE_SECRET"])
def test_secrets_are_made_anew_each_time(name: str) -> None:
    first, second = make_environment(PORTS, {}), make_environment(PORTS, {})
    assert first[name] != second[name]
    assert len(first[name]) >= 43  # 256 bits in base64url


def test_no_secret_is_on_a_command_line(tmp_path: Path) -> None:
    environment = make_environment(PORTS, {})
    line = " ".join(hub_command(tmp_path / "jupyterhub_config.py", PORTS, tmp_path))
    assert [name for name in environment if "SECRET" in name or "KEY" in name if environment[name] in line] == []


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    with pytest.raises(DemoFailed, match=r"pip install .*\[demo\]"):
        check_installed(path="")


def test_without_an_answer_there_is_no_status() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert status_of(f"http://127.0.0.1:{port}/hub/health") is None


def test_an_answer_that_is_not_http_has_no_status() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example.org ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert status_of(f"http://127.0.0.1:{server.getsockname()[1]}/") is None
        thread.join()


def test_the_table_has_everybody_with_password_and_outcome() -> None:
    lines = table().splitlines()[1:]
    everybody = [(UNIVERSITY, person) for person in PEOPLE] + [(GUESTS, person) for person in GUEST_PEOPLE]
    for line, (way, person) in zip(lines, everybody, strict=True):
        assert line.split()[:2] == [person.username, person.password]
        assert f"  {way}  " in line
        assert line.endswith(person.outcome)


def test_the_introduction_says_that_the_wanted_port_is_in_use(tmp_path: Path) -> None:
    said = introduction(tmp_path / "c.py", PORTS, 8000, tmp_path)
    assert "http://127.0.0.1:8003  (port 8000 is in use)" in said
    assert "in use" not in introduction(tmp_path / "c.py", PORTS, 8003, tmp_path)
    said = introduction(tmp_path / "c.py", PORTS._replace(provider=8082), 8003, tmp_path)
    assert "http://127.0.0.1:8082  (what to try; port 8080 is in use)" in said


def test_the_introduction_is_short_and_has_the_address_to_open_first(tmp_path: Path) -> None:
    said = introduction(tmp_path / "c.py", PORTS, 8003, tmp_path).splitlines()
    assert said[2].split() == ["Start", "here", "http://127.0.0.1:8080", "(what", "to", "try)"]
    assert len({line.index(line[17:].split()[0]) for line in said[2:6]}) == 1  # aligned
    assert len(said) <= 14


@pytest.mark.parametrize("reason", ["No such file or directory", "Is a directory"])
def test_a_configuration_that_cannot_be_read_is_named_before_anything_else(
    reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "nowhere.py"
    if reason == "Is a directory":
        config.mkdir()
    folders = tmp_path / "folders"
    folders.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folders))
    assert main(["demo", "--config", str(config)]) == 1
    assert capsys.readouterr() == ("", f"The configuration file {config} cannot be read: {reason}\n")
    assert list(folders.iterdir()) == []


def test_missing_packages_are_named_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "canaille", raising=False)
    monkeypatch.setattr(sys, "path", [])
    assert main(["demo"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == 'The demo needs more packages: pip install "oauthenticator_suite[demo]"\n'


class Clock:
    """Advances by five seconds each time that it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 5.0
        return self.now


def test_while_it_waits_it_says_for_which_part_and_gives_up_in_the_end(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # and does not listen: connections are refused
        said: list[str] = []
        demo = Demo(tmp_path / "config.py", PORTS, tmp_path, said.append, clock=Clock())
        with pytest.raises(DemoFailed, match=r"the provider \(Demo University\) was not ready within 90 seconds"):
            demo.wait_until_ready(PROVIDER, f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert said[0] == f"  waiting for the provider (Demo University): {REMIND_AFTER:.0f} seconds, of at most 90"
    assert len(said) == 9


def test_the_end_of_the_demo_ends_the_waiting(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        said: list[str] = []
        demo = Demo(tmp_path / "config.py", PORTS, tmp_path, said.append, clock=Clock())
        demo.stop.set()
        demo.wait_until_ready("JupyterHub", f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert said == []
