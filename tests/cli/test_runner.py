"""What the demo gives to its processes, and what it says."""

import socket
import threading
from pathlib import Path

import pytest

from oauthenticator_suite.cli.demo.people import PEOPLE, table
from oauthenticator_suite.cli.demo.runner import (
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


def test_a_missing_proxy_is_named_with_the_mend() -> None:
    with pytest.raises(DemoFailed, match=r"pip install .*\[demo\]"):
        check_installed(path="")


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert status_of(f"http://127.0.0.1:{port}/hub/health") is None


def test_who_is_not_http_gives_no_status() -> None:
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
