"""Worlds for the end-to-end tests: each is started once and shared, for starting a Hub takes seconds."""

from __future__ import annotations

import importlib.metadata
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from oauthenticator_suite.cli.demo.people import PEOPLE
from tests.ports import reserve_port

from .certified_provider import CLIENT_ID, CertifiedProvider
from .hub_process import EXAMPLE, HubProcess
from .processes import ServerProcess
from .provider_sites import Account, CanailleSite, CertifiedSite
from .running_demo import RunningDemo
from .screens import launched_chromium
from .several import Several, start_several
from .two_hubs import TwoHubs, notes_configuration, start_two_hubs
from .web_app import WebApplication
from .web_client import WebClient
from .worlds import CertifiedWorld, People, World

ACCOUNTS = {person.username: Account(person.username, person.password) for person in PEOPLE}
EVERYBODY = People(admin=ACCOUNTS["alice"], allowed=ACCOUNTS["bob"], refused=ACCOUNTS["carol"])
CLAIMS = {person.username: {"groups": list(person.groups)} for person in PEOPLE}

CLIENT_SECRET = "the-secret-that-the-hub-and-its-provider-share"

CertifiedWorldMaker = Callable[..., CertifiedWorld]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder bears the marker ``e2e``."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("e2e")


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """The Hub finds the authenticator by its entry point, as it does for an operator."""
    if not importlib.metadata.entry_points(group="jupyterhub.authenticators", name="suite-generic"):
        pytest.fail("the project is not installed in this environment: pip install -e '.[test]'")


@pytest.fixture(scope="session")
def new_certified_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CertifiedWorldMaker]:
    """Makes worlds with the certified provider in which nothing runs yet; whatever was started is ended at the end."""
    with ExitStack() as cleanup:

        def make(*, secret: str = CLIENT_SECRET, basic_auth: bool = False) -> CertifiedWorld:
            folder = tmp_path_factory.mktemp("certified-world")
            hub_port = reserve_port(until_exit=True)
            provider = CertifiedProvider(
                folder,
                hub_urls=[f"http://127.0.0.1:{hub_port}"],
                users=CLAIMS,
                client_secret=secret,
                auth_method="client_secret_basic" if basic_auth else "client_secret_post",
            )
            hub = HubProcess(
                folder,
                port=hub_port,
                environment=hub_environment(provider.issuer, CLIENT_ID, secret, hub_port),
                settings={"GenericOAuthenticator": {"basic_auth": True}} if basic_auth else None,
            )
            cleanup.callback(provider.end)
            cleanup.callback(hub.end)
            return CertifiedWorld(hub, CertifiedSite(provider.issuer), EVERYBODY, secrets_of(hub), provider)

        yield make


@pytest.fixture(scope="session")
def certified_world(new_certified_world: CertifiedWorldMaker) -> CertifiedWorld:
    """A Hub that trusts the certified provider; both run."""
    world = new_certified_world()
    world.provider.start()
    world.hub.start()
    return world


@pytest.fixture(scope="session")
def notes_application() -> WebApplication:
    """A web application that the Hub of `canaille_world` knows; it does not run yet."""
    return WebApplication()


@pytest.fixture(scope="session")
def canaille_world(tmp_path_factory: pytest.TempPathFactory, notes_application: WebApplication) -> Iterator[World]:
    """A Hub that trusts the demo's own provider; both run."""
    folder = tmp_path_factory.mktemp("canaille-world")
    hub_port, provider_port = reserve_port(until_exit=True), reserve_port(until_exit=True)
    issuer = f"http://127.0.0.1:{provider_port}"
    clients = folder / "clients_of_the_hub.py"
    clients.write_text(f"c = get_config()\n{notes_configuration(notes_application)}", encoding="utf-8")
    hub = HubProcess(
        folder,
        port=hub_port,
        configuration=[EXAMPLE, clients],
        environment=hub_environment(issuer, CLIENT_ID, CLIENT_SECRET, hub_port),
    )
    provider = ServerProcess(
        "the demo's provider",
        [sys.executable, "-m", "oauthenticator_suite.cli.demo.provider", str(provider_port), hub.url],
        ready_url=f"{issuer}/.well-known/openid-configuration",
        log_file=folder / "canaille.log",
        directory=folder,
        environment=hub.environment,
    )
    with ExitStack() as cleanup:
        cleanup.callback(provider.end)
        provider.start()
        cleanup.callback(hub.end)
        hub.start()
        yield World(hub, CanailleSite(issuer), EVERYBODY, secrets_of(hub))


@pytest.fixture(scope="session")
def two_hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoHubs]:
    """A hub that has the accounts, a class hub that trusts it, and an application that trusts that; all run."""
    with ExitStack() as cleanup:
        yield start_two_hubs(tmp_path_factory.mktemp("two-hubs"), cleanup)


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    """A hub with two providers, the users of a system, and a dictionary; all run."""
    with ExitStack() as cleanup:
        yield start_several(tmp_path_factory.mktemp("several"), cleanup)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """The demo, whose wanted port is in use, ended by SIGTERM."""
    with ExitStack() as stack:
        busy = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        wanted = busy.getsockname()[1]
        running = RunningDemo(tmp_path_factory.mktemp("demo"), "--port", str(wanted))
        stack.callback(lambda: running.process.poll() is None and running.end(signal.SIGTERM))
        running.wait_until_ready()
        assert f"(port {wanted} is in use)" in running.said
        assert wanted < int(running.hub_url.rpartition(":")[2]) < wanted + 100
        yield running


@pytest.fixture(scope="session", params=["certified", "canaille"])
def world(request: pytest.FixtureRequest) -> World:
    """Each of the worlds: the same login must work against providers that have nothing in common."""
    found: World = request.getfixturevalue(f"{request.param}_world")
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    with launched_chromium() as browser:
        yield browser


@pytest.fixture
def client() -> Iterator[WebClient]:
    """A browser without cookies."""
    with WebClient() as browser:
        yield browser


@pytest.fixture
def other_client() -> Iterator[WebClient]:
    """Another person's browser."""
    with WebClient() as browser:
        yield browser


def hub_environment(issuer: str, client_id: str, client_secret: str, port: int) -> dict[str, str]:
    """What the example configuration reads."""
    return {
        "OIDC_ISSUER": issuer,
        "OAUTH_CLIENT_ID": client_id,
        "OAUTH_CLIENT_SECRET": client_secret,
        "OAUTH_CALLBACK_URL": f"http://127.0.0.1:{port}/hub/oauth_callback",
        "JUPYTERHUB_CRYPT_KEY": secrets.token_hex(32),
    }


def secrets_of(hub: HubProcess) -> dict[str, str]:
    return {
        "the client secret": hub.environment["OAUTH_CLIENT_SECRET"],
        "the key of auth_state": hub.environment["JUPYTERHUB_CRYPT_KEY"],
    }
