"""Installed plug-ins become children once the operator has configured them. A failing plug-in affects no other child."""

from __future__ import annotations

import logging
from copy import deepcopy

import pytest
from traitlets.config import Config

from oauthenticator_suite.errors import ConfigurationError
from tests.conftest import Install
from tests.multi.conftest import Start, config_of, sign_in

pytestmark = pytest.mark.hub_versions

SOURCE = """
from traitlets import Unicode
from oauthenticator_suite import SimpleAuthenticator

class LabBookAuthenticator(SimpleAuthenticator):
    'One word for everybody.'

    word = Unicode(config=True)

    async def authenticate(self, handler, data):
        return data["username"] if data["password"] == self.word else None
"""

CONFIGURED = Config({"LabBookAuthenticator": {"word": "open", "allow_all": True, "failure_delay": 0}})


@pytest.fixture
def lab_book(install: Install) -> None:
    install("lab-book", "lab-book = lab_book:LabBookAuthenticator", lab_book=SOURCE)


async def test_one_that_is_configured_is_a_way_to_sign_in(several: Start, lab_book: None) -> None:
    given = deepcopy(CONFIGURED)
    given.LabBookAuthenticator.login_service = "the lab book"
    hub = await several(discover_plugins=True, given=given)
    assert list(hub.authenticator.children) == ["campus", "lab", "dictionary", "lab-book"]
    browser = hub.browser()
    page = await browser.open("/hub/login")
    assert "Sign in with the lab book" in page.text
    assert (await sign_in(browser, "grace", "closed", "lab-book")).status == 403
    page = await sign_in(browser, "grace", "open", "lab-book")
    assert (page.status, page.path) == (200, "/hub/home")
    assert "grace" in page.text
    assert (await browser.get("/hub/auth/lab-book/enabled")).body == "true"


async def test_one_that_is_not_configured_is_none(several: Start, lab_book: None) -> None:
    hub = await several(discover_plugins=True)
    assert "lab-book" not in hub.authenticator.children
    assert (await hub.browser().get("/hub/auth/lab-book/enabled")).body == "false"
    assert (await hub.browser().get("/hub/auth/lab-book/login")).status == 404


async def test_to_install_one_opens_nothing(several: Start, lab_book: None) -> None:
    hub = await several(given=CONFIGURED)
    assert "lab-book" not in hub.authenticator.children


async def test_one_may_be_all_there_is(hubs: object, lab_book: None) -> None:
    config = config_of([], discover_plugins=True)
    config.merge(CONFIGURED)
    hub = await hubs(config)  # type: ignore[operator]
    assert (await sign_in(hub.browser(), "grace", "open", "lab-book")).status == 200


async def test_nothing_to_sign_in_with_stops_the_start(hubs: object, lab_book: None) -> None:
    with pytest.raises(ConfigurationError, match=r"c\.MultiAuthenticator\.authenticators is empty"):
        await hubs(config_of([], discover_plugins=True))  # type: ignore[operator]


async def test_one_without_a_name_gets_one(several: Start, lab_book: None) -> None:
    """The dictionary has none either, and two sign-ins with the same name would stop the Hub."""
    given = deepcopy(CONFIGURED)
    hub = await several(discover_plugins=True, given=given)
    page = await hub.browser().open("/hub/login")
    assert "Sign in with Lab Book" in page.text
    (line,) = hub.log.lines_with("The plug-in 'lab-book' is called 'Lab Book'")
    assert line.startswith("WARNING")
    assert (await sign_in(hub.browser(), "grace", "open", "lab-book")).status == 200


@pytest.mark.parametrize("name", ["Campus", "CAMPUS"])
async def test_one_that_is_called_as_another_gets_a_name(several: Start, lab_book: None, name: str) -> None:
    given = deepcopy(CONFIGURED)
    given.LabBookAuthenticator.login_service = name
    hub = await several(discover_plugins=True, given=given)
    assert "Sign in with Lab Book" in (await hub.browser().open("/hub/login")).text
    assert hub.log.lines_with(f"another is called '{name}'")


async def test_a_derived_name_that_another_has_is_made_different(several: Start, install: Install) -> None:
    install("lab-book", "lab- = lab_book:LabBookAuthenticator", lab_book=SOURCE)
    hub = await several(discover_plugins=True, given=CONFIGURED)
    assert set(hub.authenticator.names.values()) == {"Campus", "Lab", "Dictionary", "Lab (lab-)"}


async def test_one_that_has_the_name_of_another_is_left_out(several: Start, install: Install) -> None:
    install("another", "campus = lab_book:LabBookAuthenticator", lab_book=SOURCE)
    hub = await several(discover_plugins=True, given=CONFIGURED)
    assert list(hub.authenticator.children) == ["campus", "lab", "dictionary"]
    assert hub.log.lines_with("The plug-in 'campus' is left out: an entry of authenticators has this name")


BROKEN = {
    "__init__": "def __init__(self, **kwargs): raise RuntimeError('hunter2')",
    "configure": "def configure(self): raise RuntimeError('hunter2')",
    "check_configuration": "def check_configuration(self): raise RuntimeError('hunter2')",
    "get_handlers": "def get_handlers(self, app): raise RuntimeError('hunter2')",
}


@pytest.mark.parametrize("where", BROKEN)
async def test_a_broken_one_stops_nothing(several: Start, install: Install, where: str) -> None:
    source = f"{SOURCE}\n    {BROKEN[where]}\n"
    install("lab-book", "lab-book = lab_book:LabBookAuthenticator", lab_book=source)
    given = deepcopy(CONFIGURED)
    given.LabBookAuthenticator.login_service = "the lab book"
    hub = await several(discover_plugins=True, given=given)
    assert list(hub.authenticator.children) == ["campus", "lab", "dictionary"]
    warned = [line for line in hub.log.at_least(logging.WARNING) if "RuntimeError" in line]
    assert len(warned) == 1
    assert "hunter2" not in warned[0]
    browser = hub.browser()
    assert "the lab book" not in (await browser.open("/hub/login")).text
    assert (await browser.login("bob", at="campus")).status == 200
    assert (await browser.get("/hub/auth/lab-book/login")).status == 404
