"""The environment and command lines of the demo's processes, and the demo's messages."""

import socket
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.demo.people import PEOPLE, table
from oauthenticator_suite.cli.demo.runner import (
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


def test_the_example_is_the_one_of_the_repository() -> None:
    assert example_config().samefile(Path(__file__).parents[2] / "examples" / "jupyterhub_config.py")


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
    assert environment["OAUTH_CALLBACK_URL"] == "http://127.0.0.1:8003/hub/oauth_callback"
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
    assert len(lines) == len(PEOPLE)
    for line, person in zip(lines, PEOPLE, strict=True):
        assert line.split()[:2] == [person.username, person.password]
        assert line.endswith(person.outcome)


def test_the_introduction_says_that_the_wanted_port_is_in_use(tmp_path: Path) -> None:
    said = introduction(tmp_path / "c.py", PORTS, 8000, tmp_path)
    assert "http://127.0.0.1:8003  (port 8000 is in use)" in said
    assert "in use" not in introduction(tmp_path / "c.py", PORTS, 8003, tmp_path)


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
        with pytest.raises(DemoFailed, match="the OpenID provider was not ready within 90 seconds"):
            demo.wait_until_ready("the OpenID provider", f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert said[0] == f"  waiting for the OpenID provider: {REMIND_AFTER:.0f} seconds, of at most 90"
    assert len(said) == 9


def test_the_end_of_the_demo_ends_the_waiting(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        said: list[str] = []
        demo = Demo(tmp_path / "config.py", PORTS, tmp_path, said.append, clock=Clock())
        demo.stop.set()
        demo.wait_until_ready("JupyterHub", f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert said == []
