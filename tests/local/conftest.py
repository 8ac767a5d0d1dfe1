"""Fixtures for logins with PAM: real users of this machine, and PAM services that the tests write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import PAMAuthenticator
from tests.support import Browser, Hop, Hub, HubState
from tests.support.unix_users import UnixUsers, unix_users

UNIX = """\
auth     required pam_unix.so nodelay
account  required pam_unix.so
session  required pam_permit.so
"""


@pytest.fixture
def users() -> Iterator[UnixUsers]:
    """Makes real users and groups. They are removed after the test."""
    with unix_users() as made:
        yield made


@pytest.fixture
def services(tmp_path: Path) -> Path:
    """A folder with the PAM service ``unix``, which checks passwords of this system. A test may write other services."""
    folder = tmp_path / "pam.d"
    folder.mkdir()
    (folder / "unix").write_text(UNIX)
    return folder


def pam_config(services: Path, **traits: Any) -> Config:
    """`PAMAuthenticator` with the service ``unix``, `allow_all`, and no delay after failures, unless `traits` differ."""
    config = Config()
    config.JupyterHub.authenticator_class = PAMAuthenticator
    config.PAMAuthenticator.update(service="unix", service_folder=str(services), allow_all=True, failure_delay=0)
    config.PAMAuthenticator.update(traits)
    return config


@pytest.fixture
def pam_hub(hubs: Any, services: Path) -> Callable[..., Awaitable[Hub]]:
    """`await pam_hub(trait=value, …)`."""

    async def start(
        state: HubState | None = None, load_roles: list[dict[str, Any]] | None = None, **traits: Any
    ) -> Hub:
        config = pam_config(services, **traits)
        if load_roles is not None:
            config.JupyterHub.load_roles = load_roles
        return await hubs(config, state)

    return start


async def sign_in(
    hub: Hub, name: str, password: str = "right", browser: Browser | None = None, **fields: str
) -> tuple[Browser, Hop]:
    """Submit the form. Returns the browser and the page that follows."""
    browser = browser or hub.browser()
    page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
    return browser, await browser.submit(page, {"username": name, "password": password, **fields})


async def page_that_refreshes(hub: Hub, browser: Browser, name: str) -> Hop:
    """Open a page for which the Hub refreshes the user."""
    hub.app.users[name]._auth_refreshed = None
    return await browser.open("/hub/home")
