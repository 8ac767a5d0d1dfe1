"""Whose account a stored record says it is: all combinations of what is stored and what is configured.

Unreadable is not absent, and no issuer is not any issuer.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator
from oauthenticator_suite.errors import AccountConflict
from oauthenticator_suite.hub.base.authenticator import SuiteAuthenticator
from tests.conftest import generic_config
from tests.contract.logouts import register_logout
from tests.support import Hub, HubState, Time, reference_on, refresh_is_due, start_hub

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True, "user_data_max_age": 0}
NULL, UNREADABLE, OTHER_PACKAGE, RECORD = "NULL", "unreadable", "of another package", "record"
SAME, OTHER, NONE = "same", "other", "none"
OPEN, TAKEN = 200, 409

ROWS = [
    # what is stored, its issuer, its subject, what a login gets, whether the stored tokens may be used
    (NULL, NONE, NONE, OPEN, False),
    (UNREADABLE, NONE, NONE, TAKEN, False),
    (OTHER_PACKAGE, NONE, SAME, OPEN, True),
    (OTHER_PACKAGE, NONE, OTHER, TAKEN, True),
    (OTHER_PACKAGE, NONE, NONE, OPEN, True),
    (RECORD, SAME, SAME, OPEN, True),
    (RECORD, SAME, OTHER, TAKEN, True),
    (RECORD, SAME, NONE, OPEN, True),
    (RECORD, OTHER, SAME, TAKEN, False),
    (RECORD, OTHER, OTHER, TAKEN, False),
    (RECORD, OTHER, NONE, TAKEN, False),
    (RECORD, NONE, SAME, TAKEN, False),
    (RECORD, NONE, OTHER, TAKEN, False),
    (RECORD, NONE, NONE, OPEN, False),
]
"""The row before last: a record without an issuer has a subject of any provider. The last one says nothing of anybody."""


def by_issuer(provider: Any) -> dict[str, Any]:
    return {}


def by_endpoints(provider: Any) -> dict[str, Any]:
    """OAuth 2.0 with each URL configured: the page to which users are sent tells providers apart."""
    return {
        "issuer": "",
        "authorize_url": f"{provider.issuer}/authorize",
        "token_url": f"{provider.issuer}/token",
        "userdata_url": f"{provider.issuer}/userinfo",
        "username_claim": "preferred_username",
        "scope": ["openid", "profile"],
    }


def test_the_table_is_complete() -> None:
    rows = {row[:3] for row in ROWS}
    assert rows == {
        (NULL, NONE, NONE),
        (UNREADABLE, NONE, NONE),
        *product([OTHER_PACKAGE], [NONE], [SAME, OTHER, NONE]),
        *product([RECORD], [SAME, OTHER, NONE], [SAME, OTHER, NONE]),
    }


async def stores(hub: Hub, auth_state: dict[str, Any], stored: str, issuer: str, subject: str) -> None:
    """Replace the stored data of alice: she has signed in as `auth_state` says."""
    user = hub.app.users["alice"]
    if stored in (NULL, UNREADABLE):
        user.orm_user.encrypted_auth_state = None if stored == NULL else b"gAAAA, encrypted with another key"
        hub.app.db.commit()
        return
    state, key = {**auth_state}, hub.authenticator.user_auth_state_key
    record = {**state.pop("suite")}
    if subject == OTHER:
        state[key] = {**state[key], "sub": "another"}
        record["subject"] = "another"
    elif subject == NONE:
        state[key] = {name: value for name, value in state[key].items() if name != "sub"}
        record["subject"] = None
    if issuer != SAME:
        record["issuer"] = "https://another.example" if issuer == OTHER else None
    if stored == RECORD:
        state["suite"] = record
    await user.save_auth_state(state)


@pytest.mark.parametrize("configured", [by_issuer, by_endpoints])
async def test_logins_and_refreshes(hub_at_provider: Any, provider: Any, configured: Callable[..., Any]) -> None:
    hub = await hub_at_provider(**KEPT, **configured(provider))
    browser = hub.browser()
    assert (await browser.login("alice")).status == 200
    auth_state = await hub.auth_state("alice")
    assert auth_state is not None
    assert auth_state["suite"]["issuer"] == (
        provider.issuer if configured is by_issuer else f"{provider.issuer}/authorize"
    )
    for stored, issuer, subject, expected, used in ROWS:
        row = f"{stored}, issuer {issuer}, subject {subject}"
        await hub.app.users["alice"].save_auth_state(auth_state)
        browser = hub.browser()  # the session of the row before may have ended
        assert (await browser.login("alice")).status == 200, row
        await stores(hub, auth_state, stored, issuer, subject)
        asked = provider.count("userinfo") + provider.count("token")
        refresh_is_due(hub)
        await browser.get("/hub/home")
        assert (provider.count("userinfo") + provider.count("token") > asked) == used, row
        await stores(hub, auth_state, stored, issuer, subject)
        visitor = hub.browser()
        page = await visitor.login("alice")
        assert page.status == expected, row
        assert visitor.logged_in == (expected == OPEN), row
        if expected == TAKEN:
            (line,) = hub.log.lines_with(reference_on(page, hub))
            assert "AccountConflict (409)" in line, row
            names_command = stored == UNREADABLE or (stored == RECORD and issuer != SAME)
            assert ("oauthenticator-suite rebind --" in line) == names_command, row


async def test_a_hub_that_moves_from_endpoints_to_an_issuer(provider: Any, tmp_path: Any) -> None:
    """The old token is not sent to the new provider, though the subject is equal."""
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(provider, **KEPT, **by_endpoints(provider)), state) as hub:
        browser = hub.browser("alice")
        assert (await browser.login()).status == 200
        hub.browsers.remove(browser)
    async with start_hub(generic_config(provider, **KEPT), state) as hub:
        hub.browsers.append(browser)
        asked = provider.count("userinfo")
        assert (await browser.get("/hub/home")).status == 302
        assert provider.count("userinfo") == asked
        page = await hub.browser().login("alice")
        assert page.status == 409
        (line,) = hub.log.lines_with(reference_on(page, hub))
        command = f"rebind --from-issuer {provider.issuer}/authorize --to-issuer {provider.issuer}"
        assert command in line


async def test_another_crypt_key(provider: Any, tmp_path: Any) -> None:
    """A login is refused and names the fix. A signed-in user stays for the grace period. The old key brings all back."""
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **KEPT, refresh_outage_grace=600)
    async with start_hub(config, state) as hub:
        browsers = [hub.browser(name) for name in ("alice", "bob")]
        for browser in browsers:
            assert (await browser.login()).status == 200
            hub.browsers.remove(browser)
    old, state.crypt_key = state.crypt_key, "ab" * 32
    async with start_hub(config, state) as hub:
        hub.browsers.extend(browsers)
        time = Time(hub)
        for browser in browsers:
            assert (await browser.get("/hub/home")).status == 200
        time.passes(599)
        for browser in browsers:
            assert (await browser.get("/hub/home")).status == 200
        time.passes(30)
        (line,) = hub.log.lines_with("cannot be decrypted")
        assert "JUPYTERHUB_CRYPT_KEY" in line
        assert (await browsers[0].get("/hub/home")).status == 302
        page = await hub.browser().login("alice")
        assert page.status == 409
        (line,) = hub.log.lines_with(reference_on(page, hub))
        assert "JUPYTERHUB_CRYPT_KEY" in line
        assert f"rebind --to-issuer {provider.issuer} --user alice" in line
        provider.users["alice"]["sub"] = "another-person"
        assert (await hub.browser().login("alice")).status == 409
        provider.users["alice"]["sub"] = "subject-of-alice"
        for browser in browsers:
            hub.browsers.remove(browser)
    state.crypt_key = f"{state.crypt_key};{old}"
    async with start_hub(config, state) as hub:
        hub.browsers.extend(browsers)
        assert (await browsers[1].get("/hub/home")).status == 200
        assert (await hub.browser().login("alice")).status == 200


@pytest.mark.parametrize(("issuer", "ends"), [(SAME, True), (OTHER, False), (NONE, False)])
async def test_a_logout_token_with_an_equal_subject(provider: Any, tmp_path: Any, issuer: str, ends: bool) -> None:
    """It ends only sessions of users of the same issuer."""
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **KEPT, backchannel_logout=True)
    async with start_hub(config, state) as hub:
        await hub.browser().login("alice")
        auth_state = await hub.auth_state("alice")
        assert auth_state is not None
        await stores(hub, auth_state, RECORD, issuer, SAME)
        before = hub.app.users["alice"].cookie_id
    async with start_hub(config, state) as hub:  # which builds its index of sessions from the records
        register_logout(hub, provider)
        await provider.send_logout_token(provider.logout_token("alice"))
        assert (hub.app.users["alice"].cookie_id != before) == ends


@pytest.mark.parametrize("stored", [NULL, UNREADABLE, RECORD])
async def test_a_login_with_a_form(hubs: Any, stored: str) -> None:
    """As at a provider; the provider of a form is its name."""
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(passwords={"ada": "lovelace"}, allow_all=True, enable_auth_state=True)
    hub = await hubs(config)

    async def signs_in(browser: Any) -> Any:
        page = await browser.open("/hub/login")
        fields = {"username": "ada", "password": "lovelace", "_xsrf": browser.cookies["_xsrf"]}
        return await browser.request("POST", page.url, data=fields)

    browser = hub.browser()
    assert (await signs_in(browser)).status == 302
    auth_state = await hub.auth_state("ada")
    assert auth_state is not None
    user = hub.app.users["ada"]
    if stored == RECORD:
        auth_state["suite"]["issuer"] = "https://another.example"
        await user.save_auth_state(auth_state)
    else:
        user.orm_user.encrypted_auth_state = None if stored == NULL else b"gAAAA"
        hub.app.db.commit()
    for _ in range(2):
        user._auth_refreshed = None
        assert (await browser.get("/hub/home")).status == (302 if stored == RECORD else 200)
    assert len(hub.log.lines_with("cannot be decrypted")) == (stored == UNREADABLE)
    assert (await signs_in(hub.browser())).status == (302 if stored == NULL else 409)


class SaysNothing(SuiteAuthenticator):
    """A plug-in of the base kind, which does not say who the user is elsewhere."""

    async def authenticate(self, handler: Any, data: Any) -> str:
        return "alice"


@pytest.mark.parametrize(("stored", "expected"), [(NULL, OPEN), (UNREADABLE, TAKEN), (RECORD, TAKEN)])
async def test_a_class_that_says_nothing_of_the_user(provider: Any, tmp_path: Any, stored: str, expected: int) -> None:
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(provider, **KEPT), state) as hub:
        await hub.browser().login("alice")
        if stored != RECORD:
            await stores(hub, {}, stored, NONE, NONE)
    config = Config()
    config.JupyterHub.authenticator_class = SaysNothing
    config.SaysNothing.update(allow_all=True, enable_auth_state=True)
    async with start_hub(config, state) as hub:
        user, model = hub.app.users["alice"], {"name": "alice"}
        if expected == OPEN:
            await hub.authenticator.refuse_anothers_account(user, model, None)
        else:
            with pytest.raises(AccountConflict, match=r"another issuer|cannot be decrypted"):
                await hub.authenticator.refuse_anothers_account(user, model, None)


# --- what a refresh brings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sub", ["subject-of-bob", None, ["subject-of-alice"], True])
async def test_an_answer_that_does_not_say_whose_it_is(provider: Any, hub_at_provider: Any, sub: Any) -> None:
    """Without an ID token, the user's data alone say whose they are. Nothing of such an answer is stored."""
    options = {
        **by_endpoints(provider),
        "scope": ["profile", "groups"],
        "manage_groups": True,
        "auth_state_groups_key": "oauth_user.groups",
    }
    hub = await hub_at_provider(**{**options, **KEPT})
    browser = hub.browser()
    assert (await browser.login("alice")).status == 200
    provider.users["alice"]["groups"] = ["physics"]
    refresh_is_due(hub)
    assert (await browser.get("/hub/home")).status == 200
    before = [group.name for group in hub.app.users["alice"].groups]
    assert before == ["physics"]
    provider.users["alice"] |= {"sub": sub, "groups": ["admins-of-another"]}
    if sub is None:
        del provider.users["alice"]["sub"]
    refresh_is_due(hub)
    page = await browser.get("/hub/home")
    assert [group.name for group in hub.app.users["alice"].groups] == before
    assert page.status == (302 if isinstance(sub, str) else 200), (
        "another user's data end the session; unknown is unknown"
    )
