"""Every URL of this package answers every malformed request with less than 500, and without a traceback in the log.

The routes are those that the Hub has: a new one is in the sweep by itself.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Awaitable, Callable

import pytest
from jupyterhub.auth import DummyAuthenticator
from tornado.httputil import HTTPHeaders
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator, PAMAuthenticator
from oauthenticator_suite.multi import MultiAuthenticator
from tests.hub.malformed import answer_to, malformed, paths_of
from tests.support import Browser, Hub, HubState

pytestmark = pytest.mark.hub_versions

PASSWORDS = {"alice": "a-secret"}
LOGOUTS = {
    "enable_auth_state": True,
    "rp_initiated_logout": True,
    "backchannel_logout": True,
    "frontchannel_logout": True,
}
SignIn = Callable[[Browser], Awaitable[object]]


def is_bad(record: logging.LogRecord) -> bool:
    """Whether a log line is an error or has a traceback. JupyterHub's form logs a failed XSRF check as an error."""
    refused = record.getMessage().rpartition("dummy: ")[2].startswith("XSRF error on login form")
    return bool(record.exc_info) or (record.levelno >= logging.ERROR and not refused)


def lacks(headers: HTTPHeaders) -> list[str]:
    """The headers that a page of this package must have and does not have. tornado answers some requests without any."""
    if "X-JupyterHub-Version" not in headers:
        return []
    referrers = headers.get("Referrer-Policy") in ("no-referrer", "same-origin")
    wanted = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return [*(["Referrer-Policy"] * (not referrers)), *(name for name in wanted if headers.get(name) != wanted[name])]


@pytest.fixture
def sweep(examples: Callable[[int, int], int]) -> Callable[[Hub, SignIn | None], Awaitable[None]]:
    """`await sweep(hub, sign_in)`: send malformed requests to all routes, from a browser without and with a session."""
    share = examples(6, 1)  # of the requests of most kinds, one in six

    async def send(hub: Hub, sign_in: SignIn | None) -> None:
        paths = paths_of(hub)
        assert {"/hub/login", "/hub/logout"} <= set(paths)
        wrong: list[str] = []
        for turn, (signs_in, path) in enumerate(itertools.product((None, sign_in) if sign_in else (None,), paths)):
            browser = hub.browser()
            await browser.open("/hub/login")
            if signs_in is not None:
                await signs_in(browser)
                assert browser.logged_in
            before = len(hub.log.records)
            for request in malformed(path, share, turn):
                status, headers = await answer_to(hub, request, browser)
                lines = [
                    line
                    for record, line in zip(hub.log.records[before:], hub.log.lines[before:], strict=True)
                    if is_bad(record)
                ]
                before = len(hub.log.records)
                missing = [] if "dummy" in path else lacks(headers)
                if status >= 500 or lines or missing:
                    wrong.append(f"{status} {request} {missing} signed in: {signs_in is not None} {lines}"[:900])
        assert not wrong, f"{len(wrong)} answers, such as:\n" + "\n".join(wrong[:10])

    return send


def by_form(name: str = "alice", at: str = "") -> SignIn:
    async def sign_in(browser: Browser) -> None:
        page = await browser.open("/hub/login")
        await browser.submit(page, {"username": name, "password": PASSWORDS[name]}, action=at)

    return sign_in


async def at_provider(browser: Browser) -> None:
    await browser.login("alice")


async def at_wiki(browser: Browser) -> None:
    await browser.login("Bob van Dyke")


async def test_one_provider(hub_at_provider, provider, sweep):
    hub = await hub_at_provider(**LOGOUTS)
    provider.client.post_logout_redirect_uris.add(f"{hub.url}/hub/oauth_logged_out")
    await sweep(hub, at_provider)


async def test_a_wiki_with_oauth_1(hub_at_wiki, sweep):
    hub = await hub_at_wiki(oauth_version="1.0a", enable_auth_state=True)
    await sweep(hub, at_wiki)


async def test_a_dictionary(hubs, sweep):
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(passwords=PASSWORDS, allow_all=True, failure_delay=0)
    await sweep(await hubs(config), by_form())


async def test_pam(hubs, tmp_path, sweep):
    (tmp_path / "deny").write_text("auth required pam_unix.so nodelay\naccount required pam_unix.so\n")
    config = Config()
    config.JupyterHub.authenticator_class = PAMAuthenticator
    config.PAMAuthenticator.update(service="deny", service_folder=str(tmp_path), allow_all=True, failure_delay=0)
    await sweep(await hubs(config), None)


async def test_several(hubs, provider, sweep):
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    config = Config()
    config.JupyterHub.authenticator_class = MultiAuthenticator
    options = {"issuer": provider.issuer, "client_id": provider.client.client_id, "allow_all": True, **LOGOUTS}
    secret = {"client_secret": provider.client.client_secret, "client_auth_method": provider.client.auth_method}
    forms = {"passwords": PASSWORDS, "allow_all": True, "failure_delay": 0}
    config.MultiAuthenticator.authenticators = [
        {"authenticator_class": GenericOAuthenticator, "provider": "campus", "config": {**options, **secret}},
        {"authenticator_class": DictionaryAuthenticator, "provider": "dictionary", "config": forms},
        {
            "authenticator_class": DummyAuthenticator,
            "provider": "dummy",
            "login_service": "Dummy",
            "config": {"allowed_users": {"eve"}},
        },
    ]
    hub = await hubs(config, state)
    await sweep(hub, by_form(at="/hub/auth/dictionary"))
