"""Fixtures for everything above the pure floors: a fake provider, real Hubs in-process, browsers."""

from __future__ import annotations

import logging
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings
from traitlets.config import Config

from oauthenticator_suite.plugins import GROUP
from tests.evidence.marks import add_fault_markers
from tests.fakes.mediawiki import FakeMediaWiki
from tests.fakes.openid_provider import FakeProvider
from tests.ports import release_ports
from tests.support import Browser, FakeTime, Hub, HubState, start_hub
from tests.support.fake_time import fake_time
from tests.support.logs import LogCapture
from tests.support.signed_in import World, WorldOf

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
SHORT, LONG, FUZZ = "short", "long", "fuzz"

# No property depends on how fast the machine is.
UNTIMED: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile(SHORT, max_examples=50, derandomize=True, **UNTIMED)
settings.register_profile(LONG, max_examples=500, **UNTIMED)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--long``: also tests marked ``slow``, and more examples for tests marked ``long``."""
    parser.addoption("--long", action="store_true", help="run slow tests too, and try many examples in the long ones")
    parser.addoption(
        "--examples", type=int, default=0, help="property tests try so many examples, other ones each time"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Property tests are long. Slow tests run with ``--long`` only. A test has the same name in each process."""
    changing = [item.nodeid for item in items if ADDRESS.search(item.nodeid)]
    if changing:
        raise pytest.UsageError(f"the name of a test has the address of an object: give it `ids`: {changing[0]}")
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("long")
    add_fault_markers(items)
    if not config.getoption("--long"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        if slow:
            config.hook.pytest_deselected(items=slow)
            items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture
def examples(pytestconfig: pytest.Config) -> Callable[[int, int], int]:
    """`examples(some, many)`: how many examples a test marked ``long`` tries."""
    is_long = pytestconfig.getoption("--long") or pytestconfig.getoption("--examples")
    return lambda some, many: many if is_long else some


def pytest_configure(config: pytest.Config) -> None:
    """Property tests try few examples, always the same ones, unless ``--long`` is given. Warnings are errors."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell's background job ignores Ctrl-C, and so would all processes that the tests start and interrupt.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if number := config.getoption("--examples"):
        settings.register_profile(FUZZ, max_examples=number, print_blob=True, **UNTIMED)
    settings.load_profile(FUZZ if number else LONG if config.getoption("--long") else SHORT)
    for message in (  # other packages' own, about themselves
        "The .version. property of an event schema must be a string",  # JupyterHub 5
        "(tagMap|typeMap) is deprecated",  # ldap3, which jupyterhub-ldapauthenticator stands on
    ):
        config.addinivalue_line("filterwarnings", f"ignore:{message}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    """After a test's fixtures, the ports that were reserved for it."""
    try:
        return (yield)
    finally:
        release_ports()


@pytest.fixture
async def clock() -> AsyncIterator[FakeTime]:
    """The time of the test's event loop. It must be the first fixture that a test asks for."""
    with fake_time() as clock:
        yield clock


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    """The strict fake provider: `alice` is logged in there unless the test or the browser says otherwise."""
    async with FakeProvider() as provider:
        yield provider


@pytest.fixture
async def hubs() -> AsyncIterator[Callable[[Config], Awaitable[Hub]]]:
    """`await hubs(config)` starts a Hub that stops with the test. To stop one earlier, use `start_hub` itself."""
    async with AsyncExitStack() as stack:

        async def start(config: Config, state: HubState | None = None) -> Hub:
            return await stack.enter_async_context(start_hub(config, state))

        yield start


def generic_config(provider: FakeProvider, **traits: Any) -> Config:
    """`GenericOAuthenticator` at the fake provider, set up as an operator would: issuer, client id, client secret."""
    config = Config()
    config.JupyterHub.authenticator_class = "oauthenticator_suite.providers.generic.GenericOAuthenticator"
    config.GenericOAuthenticator.update(
        issuer=provider.issuer,
        client_id=provider.client.client_id,
        client_secret=provider.client.client_secret,
        client_auth_method=provider.client.auth_method,
        allow_all=True,
    )
    config.GenericOAuthenticator.update(traits)
    return config


@pytest.fixture
def hub_at_provider(provider: FakeProvider, hubs: Any) -> Callable[..., Awaitable[Hub]]:
    """`await hub_at_provider(trait=value, …)`: a Hub that logs in at `provider`, which knows its callback URL."""

    async def start(**traits: Any) -> Hub:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        return await hubs(generic_config(provider, **traits), state)

    return start


@pytest.fixture
async def hub(hub_at_provider: Callable[..., Awaitable[Hub]]) -> Hub:
    """A Hub with `GenericOAuthenticator` at the fake provider, everybody allowed."""
    return await hub_at_provider()


@pytest.fixture
async def browser(hub: Hub) -> Browser:
    """A browser of that Hub's."""
    return hub.browser()


@pytest.fixture
def hub_log() -> Iterator[LogCapture]:
    """What an authenticator without a Hub logs: traitlets' own logger does not hand its records on."""
    log, logger = LogCapture(), logging.getLogger("traitlets")
    logger.addHandler(log)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    yield log
    logger.setLevel(level)
    logger.removeHandler(log)


@pytest.fixture
async def wiki() -> AsyncIterator[FakeMediaWiki]:
    async with FakeMediaWiki() as wiki:
        yield wiki


@pytest.fixture
def hub_at_wiki(wiki: FakeMediaWiki, hubs: Any) -> Callable[..., Awaitable[Hub]]:
    """`await hub_at_wiki(trait=value, …)`: a Hub that logs in at `wiki`, everybody allowed unless the traits say else."""

    async def start(spawner_class: Any = "simple", **traits: Any) -> Hub:
        state = HubState()
        wiki.consumer.callback_url = f"{state.url}/hub/oauth_callback"
        wiki.consumer.oauth_version = traits.get("oauth_version", "1.0a")
        config = Config()
        config.JupyterHub.update(
            authenticator_class="oauthenticator_suite.MWOAuthenticator", spawner_class=spawner_class
        )
        config.MWOAuthenticator.update(
            mw_index_url=wiki.index_url, client_id=wiki.consumer.key, client_secret=wiki.consumer.secret, allow_all=True
        )
        config.MWOAuthenticator.update(traits)
        return await hubs(config, state)

    return start


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """`install(distribution, entry_points, module=source, …)`: as pip would leave it in a folder of the path."""
    before = set(sys.modules)

    def installed(distribution: str, entry_points: str, folder: str = "site", **modules: str) -> None:
        site = tmp_path / folder
        info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry_points}\n")
        for module, source in modules.items():
            (site / f"{module}.py").write_text(source)
        if str(site) not in sys.path:
            monkeypatch.syspath_prepend(site)

    yield installed
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
async def world_of(tmp_path: Path, provider: FakeProvider) -> AsyncIterator[WorldOf]:
    """`await world_of(kind, strict, option=…)`: a Hub with this kind of sign-in, on which one user has credentials."""
    worlds: list[World] = []

    async def start(kind: str, strict: bool = False, **traits: Any) -> World:
        if strict:
            traits["auth_refresh_strict"] = True
        world = World(kind, tmp_path, provider, **traits)
        worlds.append(world)
        return await world.start()

    yield start
    for world in worlds:
        await world.remove()
