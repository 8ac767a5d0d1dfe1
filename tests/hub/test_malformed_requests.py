"""Every URL of this package answers every malformed request with less than 500, and without a traceback in the log.

The routes are those that the Hub has: a new one is in the sweep by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import pytest
from jupyterhub.auth import DummyAuthenticator
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator, PAMAuthenticator
from oauthenticator_suite.multi import MultiAuthenticator
from tests.hub.malformed import malformed, paths_of, status_of
from tests.support import Browser, Hub, HubState

pytestmark = pytest.mark.hub_versions

PASSWORDS = {"alice": "a-secret"}
LOGOUTS = {"enable_auth_state": True, "rp_initiated_logout": True, "backchannel_logout": True, "frontchannel_logout": True}
SignIn = Callable[[Browser], Awaitable[object]]


def is_bad(record: logging.LogRecord) -> bool:
    """Whether a log line is an error or has a traceback. JupyterHub's form logs a failed XSRF check as an error."""
    refused = record.getMessage().rpartition("dummy: ")[2].startswith("XSRF error on login form")
    return bool(record.exc_info) or (record.levelno >= logging.ERROR and not refused)


async def sweep(hub: Hub, sign_in: SignIn | None) -> None:
    """Send all malformed requests to all routes: from a browser that is signed out, and from one that is signed in."""
    paths = paths_of(hub)
    assert "/hub/login" in paths
    assert "/hub/logout" in paths
    wrong = []
    for signs_in in (None, sign_in) if sign_in else (None,):
        for path in paths:
            browser = hub.browser()
            await browser.open("/hub/login")
            if signs_in is not None:
                await signs_in(browser)
                assert browser.logged_in
            before = len(hub.log.records)
            for request in malformed(path):
                status = await status_of(hub, request, browser)
                records = list(zip(hub.log.records[before:], hub.log.lines[before:], strict=True))
                before = len(hub.log.records)
                bad_lines = [line for record, line in records if is_bad(record)]
                if status >= 500 or bad_lines:
                    wrong.append(f"{status} {request} signed in: {signs_in is not None} {' '.join(bad_lines)[-600:]}")
            await browser.close()
    if wrong:
        import collections, re
        open("/tmp/forms-wrong.txt","a").write("\n=====\n".join(wrong)+"\n=====\n")
    assert not wrong, f"{len(wrong)} answers, such as:\n" + "\n".join(wrong[:10])


def by_form(name: str = "alice", at: str = "") -> SignIn:
    async def sign_in(browser: Browser) -> None:
        page = await browser.open("/hub/login")
        await browser.submit(page, {"username": name, "password": PASSWORDS[name]}, action=at)

    return sign_in


async def at_provider(browser: Browser) -> None:
    await browser.login("alice")


async def at_wiki(browser: Browser) -> None:
    await browser.login("Bob van Dyke")


async def test_one_provider(hub_at_provider, provider):
    hub = await hub_at_provider(**LOGOUTS, revoke_url="https://login.example/apps")
    provider.client.post_logout_redirect_uris.add(f"{hub.url}/hub/oauth_logged_out")
    await sweep(hub, at_provider)


async def test_a_wiki_with_oauth_1(hub_at_wiki):
    hub = await hub_at_wiki(oauth_version="1.0a", enable_auth_state=True)
    await sweep(hub, at_wiki)


async def test_a_dictionary(hubs):
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(passwords=PASSWORDS, allow_all=True, failure_delay=0)
    await sweep(await hubs(config), by_form())


async def test_pam(hubs, tmp_path):
    (tmp_path / "deny").write_text("auth required pam_unix.so nodelay\naccount required pam_unix.so\n")
    config = Config()
    config.JupyterHub.authenticator_class = PAMAuthenticator
    config.PAMAuthenticator.update(service="deny", service_folder=str(tmp_path), allow_all=True, failure_delay=0)
    await sweep(await hubs(config), None)


async def test_several(hubs, provider):
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
        {"authenticator_class": DummyAuthenticator, "provider": "dummy", "login_service": "Dummy", "config": {"allowed_users": {"eve"}}},
    ]
    hub = await hubs(config, state)
    await sweep(hub, by_form(at="/hub/auth/dictionary"))
