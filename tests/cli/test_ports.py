"""Choosing ports: the preferred one, else the next that is free."""

import socket
from collections.abc import Iterator

import pytest

from oauthenticator_suite.cli.demo.ports import is_free, next_free_port
from oauthenticator_suite.cli.demo.runner import Ports


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
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = port_of(server)
        with socket.create_connection(("127.0.0.1", port)):
            connection, _ = server.accept()
            connection.close()  # our end first: it is this port that is left in TIME_WAIT
    assert is_free(port)


def test_the_next_free_port_is_the_preferred_one_if_it_can_be(listener: socket.socket) -> None:
    free = next_free_port(port_of(listener) + 1)
    assert next_free_port(free) == free


def test_the_next_free_port_is_higher_when_the_preferred_one_is_in_use(listener: socket.socket) -> None:
    port = port_of(listener)
    chosen = next_free_port(port)
    assert port < chosen < port + 100
    assert is_free(chosen)


def test_a_port_that_is_promised_already_is_not_chosen_again() -> None:
    first = next_free_port(20000)
    assert next_free_port(first, taken=[first]) > first


def test_beyond_the_last_port_there_is_none() -> None:
    with pytest.raises(OSError, match="no free port from 65535 on"):
        next_free_port(65535, taken=[65535])


def test_the_ports_of_the_demo_are_four_different_ones() -> None:
    ports = Ports.choose(8080)  # where the provider would like to be, too
    assert len(set(ports)) == 4
    assert ports.hub_url == f"http://127.0.0.1:{ports.hub}"
    assert ports.issuer == f"http://127.0.0.1:{ports.provider}"
