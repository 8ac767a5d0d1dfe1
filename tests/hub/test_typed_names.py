"""What the log and the events have of a name that was typed into a form: it may be a password in the wrong field."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import jupyterhub
import pytest
from jupyterhub.auth import Authenticator
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, MultiAuthenticator
from oauthenticator_suite.hub.observe.events import hash_key_of, hashed_name
from oauthenticator_suite.hub.observe.json_log import JSONFormatter
from oauthenticator_suite.hub.web.typed_names import TypedName
from tests.hub.test_events import Sink
from tests.support import Hub, HubState, start_hub

pytestmark = pytest.mark.hub_versions

SECRET = "Correct-Horse-17"
"""A password, typed into the field for the name."""


class OfAnotherPackage(Authenticator):
    """A form whose class knows nothing of this package."""

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        return data["username"] if data["password"] == "right-password" else None


StartHub = Callable[..., Awaitable[Hub]]


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
async def start(sink: Sink) -> AsyncIterator[StartHub]:
    async with AsyncExitStack() as stack:

        async def started(cls: Any = DictionaryAuthenticator, **options: Any) -> Hub:
            config = Config()
            config.JupyterHub.authenticator_class = cls
            config.EventLogger.handlers = [sink]
            config[cls.__name__].update(options)
            if cls is DictionaryAuthenticator:
                config[cls.__name__].update(passwords={"ada": "lovelace"}, allow_all=True, failure_delay=0)
            return await stack.enter_async_context(start_hub(config, HubState()))

        yield started


async def fail(hub: Hub, name: str, path: str = "/hub/login", status: int = 403) -> Any:
    browser = hub.browser()
    page = await browser.submit(await browser.open(path), {"username": name, "password": "wrong-password"})
    assert page.status == status
    assert not browser.logged_in
    return page


STATUS_OF_JUPYTERHUB = 403 if jupyterhub.version_info >= (5, 5) else 200
"""What JupyterHub's own form answers after a failed login."""


def login_errors(sink: Sink) -> list[dict[str, Any]]:
    return [event for kind, event in sink.events() if kind == "login-error"]


def hash_on(hub: Hub, name: str) -> str:
    return hashed_name(hash_key_of(hub.app.cookie_secret), name)


def written(hub: Hub, sink: Sink) -> str:
    return "\n".join([*(JSONFormatter().format(record) for record in hub.log.records), *sink.lines])


async def test_an_unknown_name_is_a_hash(start: StartHub, sink: Sink) -> None:
    hub = await start()
    page = await fail(hub, SECRET)
    assert SECRET in page.body, "the form keeps it for the user"
    (line,) = hub.log.lines_with("login failed for")
    assert (
        f"login failed for an unknown name (hash {hash_on(hub, SECRET.lower())}) from 127.0.0.1: no such name" in line
    )
    assert SECRET.lower() not in written(hub, sink).lower()
    (event,) = login_errors(sink)
    assert event["username"] == ""


async def test_equal_names_have_equal_hashes_and_other_hubs_other_ones(start: StartHub) -> None:
    hub = await start()
    for name in (SECRET, SECRET.upper(), "another"):
        await fail(hub, name)
    first, again, another = (line.partition("hash ")[2][:32] for line in hub.log.lines_with("login failed for"))
    assert first == again != another
    other = await start()
    await fail(other, SECRET)
    assert other.log.lines_with("(hash ")
    assert first not in other.log.text


async def test_a_user_of_the_dictionary_is_named_before_the_first_login(start: StartHub, sink: Sink) -> None:
    hub = await start()
    await fail(hub, "Ada")
    assert hub.log.lines_with("login failed for 'ada' from 127.0.0.1: wrong password")
    (event,) = login_errors(sink)
    assert (event["username"], event["error"]) == ("ada", "LoginFailed")


@pytest.mark.parametrize("option", ["allowed_users", "admin_users", "blocked_users"])
async def test_a_user_in_an_option_is_named(start: StartHub, option: str) -> None:
    hub = await start(**{option: {"grace"}})
    await fail(hub, "Grace")
    assert hub.log.lines_with("login failed for 'grace' from")


async def test_an_account_is_named_when_the_configuration_no_longer_does(start: StartHub) -> None:
    hub = await start()
    browser = hub.browser()
    await browser.submit(await browser.open("/hub/login"), {"username": "ada", "password": "lovelace"})
    hub.authenticator.passwords = {"bob": "b"}
    await fail(hub, "ada")
    assert hub.log.lines_with("login failed for 'ada' from")


async def test_hashed_events_have_the_hash_of_the_log(start: StartHub, sink: Sink) -> None:
    hub = await start(hash_event_usernames=True)
    await fail(hub, "ada")
    (event,) = login_errors(sink)
    assert event["username"] == hash_on(hub, "ada")


@pytest.mark.parametrize("name", ["x" * 5000, "a\x00b", "\u202eevil", "a/b", " "], ids=ascii)
async def test_texts_that_are_no_names(start: StartHub, name: str) -> None:
    hub = await start()
    await fail(hub, name)
    (line,) = hub.log.lines_with("login failed for")
    assert "an unknown name (hash " in line or "an empty name" in line
    assert len(line) < 250


async def test_the_form_of_another_package(start: StartHub, sink: Sink) -> None:
    """JupyterHub itself logs the name that its own form has failed with."""
    config = {"allowed_users": {"dora"}}
    entry = {"authenticator_class": OfAnotherPackage, "provider": "lab", "config": config}
    hub = await start(MultiAuthenticator, authenticators=[entry], username_collision="prefix")
    page = await fail(hub, SECRET, "/hub/auth/lab/login", STATUS_OF_JUPYTERHUB)
    assert SECRET in page.body
    await fail(hub, "dora", "/hub/auth/lab/login", STATUS_OF_JUPYTERHUB)
    unknown, known = (
        line.partition("Failed login for ")[2].strip("'") for line in hub.log.lines_with("Failed login for")
    )
    assert len(unknown) == 32
    assert known == "lab:dora"
    assert SECRET.lower() not in written(hub, sink).lower()


def test_a_name_that_cannot_be_normalized() -> None:
    assert str(TypedName()) == "an empty name"
