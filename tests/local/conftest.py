"""Fixtures for logins with the users of a system: real users, and PAM services of the tests' own."""

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
    """Real users and groups, gone after the test."""
    with unix_users() as made:
        yield made


@pytest.fixture
def services(tmp_path: Path) -> Path:
    """A folder with the service ``unix``: passwords of this system and nothing else. A test may write others."""
    folder = tmp_path / "pam.d"
    folder.mkdir()
    (folder / "unix").write_text(UNIX)
    return folder


def pam_config(services: Path, **traits: Any) -> Config:
    """`PAMAuthenticator` with the service ``unix``; everybody allowed and failures answered at once unless said."""
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
    """Somebody types into the form; the browser, and the page that comes."""
    browser = browser or hub.browser()
    page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
    return browser, await browser.submit(page, {"username": name, "password": password, **fields})


async def page_that_refreshes(hub: Hub, browser: Browser, name: str) -> Hop:
    """A page for which the Hub asks whether the user may stay."""
    hub.app.users[name]._auth_refreshed = None
    return await browser.open("/hub/home")
