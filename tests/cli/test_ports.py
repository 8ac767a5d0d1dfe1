"""Reserving ports: the preferred one, else the next that is free."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from oauthenticator_suite.cli.demo import ports
from oauthenticator_suite.cli.demo.ports import is_free, reserve_port
from oauthenticator_suite.cli.demo.runner import Ports
from tests.ports import reserve_port as own_port


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def port_of(server: socket.socket) -> int:
    port: int = server.getsockname()[1]
    return port


def test_a_port_that_somebody_listens_on_is_not_free(listener: socket.socket) -> None:
    assert not is_free(port_of(listener))


def test_a_port_that_somebody_listens_on_at_all_addresses_is_not_free() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        assert not is_free(port_of(server))


def test_a_port_is_free_at_once_after_its_connections_are_closed() -> None:
    port = own_port()
    with socket.create_server(("127.0.0.1", port)) as server, socket.create_connection(("127.0.0.1", port)):
        connection, _ = server.accept()
        connection.close()  # our end first: it is this port that is left in TIME_WAIT
    assert is_free(port)


@pytest.fixture(autouse=True)
def reservations(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test reserves is given up when it ends."""
    reserved: list[socket.socket] = []
    monkeypatch.setattr(ports, "_reservations", reserved)
    yield
    for reservation in reserved:
        reservation.close()


def test_the_preferred_port_is_reserved_if_it_is_free() -> None:
    port = own_port()
    assert reserve_port(port) == port


def test_a_higher_port_is_reserved_when_the_preferred_one_is_in_use(listener: socket.socket) -> None:
    port = port_of(listener)
    assert port < reserve_port(port) < port + 100


def test_a_port_that_is_taken_already_is_not_chosen_again() -> None:
    port = own_port()
    assert reserve_port(port, taken=[port]) > port


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux keeps a port for a process that starts later"
)
def test_a_reserved_port_is_for_a_server_and_for_no_other_demo() -> None:
    """The system gives it to no other process. A server can listen on it, stop, and listen again."""
    port = reserve_port(20_000)
    other_demo = f"from oauthenticator_suite.cli.demo.ports import reserve_port; print(reserve_port({port}))"
    said = subprocess.run([sys.executable, "-c", other_demo], capture_output=True, text=True, check=True, timeout=120)
    assert int(said.stdout) > port
    with socket.socket() as without_reuse, pytest.raises(OSError, match="in use"):
        without_reuse.bind(("127.0.0.1", port))
    for _ in range(2):
        with (
            socket.create_server(("127.0.0.1", port)) as server,
            socket.create_connection(server.getsockname()),
        ):
            assert not is_free(port)
    assert is_free(port)


def test_beyond_the_last_port_there_is_none() -> None:
    with pytest.raises(OSError, match="no free port from 65535 on"):
        reserve_port(65535, taken=[65535])


def test_the_ports_of_the_demo_are_four_different_ones() -> None:
    chosen = Ports.choose(8080)  # the provider's preferred port as well
    assert len(set(chosen)) == 4
    assert chosen.hub_url == f"http://127.0.0.1:{chosen.hub}"
    assert chosen.issuer == f"http://127.0.0.1:{chosen.provider}"
