"""The threads of a Hub end with it: nothing in the package holds them."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from tests.support import start_hub

pytestmark = pytest.mark.hub_versions

PASSWORD = "correct-horse-battery"


async def login_with_a_form() -> None:
    """Start a Hub, sign in with a password, which is checked in a thread, and stop the Hub."""
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(passwords={"alice": PASSWORD}, allow_all=True, enable_auth_state=True)
    async with start_hub(config) as hub:
        browser = hub.browser()
        page = await browser.open("/hub/login")
        await browser.submit(page, {"username": "alice", "password": PASSWORD})
        assert browser.logged_in
        assert (await browser.open("/hub/home")).status == 200


def of_passwords() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("dictionary")}


def collect_ended_hubs() -> None:
    """`start_hub` freezes what a Hub leaves behind, also of earlier tests: some of it are sockets of other packages."""
    gc.unfreeze()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    gc.freeze()


def test_the_threads_of_a_hub_end_with_it() -> None:
    """Each Hub has a new event loop, as in each test: a loop keeps cancelled timers until they are due."""
    before = of_passwords()
    for _ in range(3):
        asyncio.run(login_with_a_form())
    collect_ended_hubs()
    for thread in of_passwords() - before:
        thread.join(10)
    assert of_passwords() <= before
