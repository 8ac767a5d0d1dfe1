"""The in-process Hub that other tests stand on: starts, serves, stops without a trace, starts again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.crypto import KEY_ENV
from traitlets.config import Config

from tests.support import HubDidNotStart, HubState, start_hub

pytestmark = pytest.mark.hub_versions


def dummy_config() -> Config:
    config = Config()
    config.JupyterHub.authenticator_class = "dummy"
    config.DummyAuthenticator.allow_all = True
    return config


@pytest.mark.parametrize("time", ["first", "second"])
async def test_start_login_stop(time: str) -> None:
    """A form login through a real Hub, twice in one process: no state is left by the first."""
    before = asyncio.all_tasks()
    async with start_hub(dummy_config()) as hub:
        assert hub.accounts() == {}
        browser = hub.browser()
        page = await browser.submit(
            await browser.open(f"{hub.url}/hub/login?next=%2Fhub%2Fhome"), {"username": "Eve", "password": "x"}
        )
        assert page.status == 200
        assert page.path == "/hub/home"
        assert browser.logged_in
        assert hub.accounts() == {"eve": False}
        assert hub.log.lines_with("User logged in: eve")
        assert JupyterHub.initialized()
    assert not JupyterHub.initialized()
    assert asyncio.all_tasks() == before
    assert KEY_ENV not in os.environ


async def test_two_browsers_are_two_people() -> None:
    async with start_hub(dummy_config()) as hub:
        one, two = hub.browser(), hub.browser()
        await one.submit(await one.open("/hub/login"), {"username": "one", "password": "x"})
        assert one.logged_in
        assert not two.logged_in
        assert (await two.open("/hub/home")).path == "/hub/login"


async def test_a_restarted_hub_keeps_its_sessions_and_users(tmp_path: Path) -> None:
    """With the same state: same address, same database, and a browser of before is still logged in."""
    state = HubState(directory=tmp_path)
    async with start_hub(dummy_config(), state) as hub:
        browser = hub.browser()
        await browser.submit(await browser.open("/hub/login"), {"username": "eve", "password": "x"})
        cookies = browser.cookies
    async with start_hub(dummy_config(), state) as hub:
        assert hub.accounts() == {"eve": False}
        header = "; ".join(f"{name}={value}" for name, value in cookies.items())
        page = await hub.browser().open("/hub/home", headers={"Cookie": header})
        assert page.path == "/hub/home"


async def test_auth_state_is_kept_encrypted() -> None:
    """The harness gives each Hub a key, so that enable_auth_state works."""
    config = dummy_config()
    config.DummyAuthenticator.enable_auth_state = True
    async with start_hub(config) as hub:
        assert len(os.environ[KEY_ENV]) == 64
        assert await hub.auth_state("nobody") is None


async def test_tasks_of_the_hub_end_with_it_and_no_others() -> None:
    """As in a real shutdown: what was started in the Hub is cancelled; what the test started lives on."""
    mine = asyncio.ensure_future(asyncio.Event().wait())

    async def start_a_task() -> asyncio.Task[bool]:
        return asyncio.ensure_future(asyncio.Event().wait())

    async with start_hub(dummy_config()) as hub:
        theirs = await hub.run(start_a_task())
    assert theirs.cancelled()
    assert not mine.done()
    mine.cancel()


async def test_a_hub_that_cannot_start_leaves_nothing_behind() -> None:
    config = dummy_config()
    config.JupyterHub.db_url = "sqlite:////nonexistent/folder/hub.sqlite"
    with pytest.raises(HubDidNotStart, match="Failed to connect to db"):
        async with start_hub(config):
            raise AssertionError("it must not start")
    async with start_hub(dummy_config()) as hub:
        assert (await hub.browser().get("/hub/health")).status == 200
