"""Logging out through a real Hub: tokens, the provider's logout page, and logouts that the provider begins."""

import asyncio
import json
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from jupyterhub import orm
from jupyterhub.crypto import encrypt

from oauthenticator_suite.errors import ConfigurationError
from tests.conftest import generic_config
from tests.contract.logouts import ALL_LOGOUTS, lives, register_logout, tokens_in
from tests.fakes.openid_provider import Fault
from tests.support import HubState, check_invariants, start_hub
from tests.support.little_server import LittleServer, start_server

pytestmark = pytest.mark.hub_versions

KEPT = {"enable_auth_state": True}


@pytest.fixture
def signed_in(hub_at_provider, provider):
    """`hub, browser = await signed_in(**traits)`: alice, at a Hub that is registered for every kind of logout."""

    async def start(**traits):
        hub = await hub_at_provider(**{**KEPT, **traits})
        register_logout(hub, provider)
        browser = hub.browser("alice")
        assert (await browser.login()).status == 200
        return hub, browser

    return start


def due(hub, name="alice"):
    hub.app.users[name]._auth_refreshed = None


# --- tokens ----------------------------------------------------------------------------------------------------------


async def test_other_browsers_are_out_at_once(signed_in, provider):
    """Also where the user's data would count as young for long, and before a refresh is due."""
    hub, browser = await signed_in(user_data_max_age=100_000)
    other = hub.browser("alice")
    browser.copy_cookies_to(other)
    await browser.open("/hub/logout")
    assert "/hub/login" in (await other.get("/hub/home")).location
    assert (await other.login()).status == 200
    due(hub)
    assert (await other.get("/hub/home")).status == 200


async def test_tokens_go_and_the_rest_stays(signed_in, provider):
    hub, browser = await signed_in()
    before = await hub.auth_state("alice")
    assert len(tokens_in(before)) == 4
    await hub.browser().login("bob")
    assert (await browser.open("/hub/logout")).path == "/hub/logout"
    after = await hub.auth_state("alice")
    assert tokens_in(after) == {}
    assert set(after) == set(before)
    assert after["suite"] == {**before["suite"], "read_at": 0.0}, "what is known is due"
    assert after["oauth_user"] == before["oauth_user"]
    assert len(tokens_in(await hub.auth_state("bob"))) == 4
    assert provider.count("revoke") == provider.count("end_session") == 0
    check_invariants(hub, provider, accounts=["alice", "bob"])


async def test_revoking(signed_in, provider):
    """RFC 7009; B11: the refresh token, and the access token too."""
    hub, browser = await signed_in(revoke_tokens_on_logout=True)
    state = await hub.auth_state("alice")
    await browser.open("/hub/logout")
    sent = [(call.fields["token_type_hint"], call.fields["token"]) for call in provider.requests_to("revoke")]
    assert sorted(sent) == [("access_token", state["access_token"]), ("refresh_token", state["refresh_token"])]
    assert not provider.refusals
    assert len(hub.log.lines_with("of alice was revoked")) == 2
    assert not await lives(browser)
    assert (await browser.login()).status == 200
    check_invariants(hub, provider, accounts=["alice"])


async def test_revoking_where_the_option_says(signed_in, provider):
    _hub, browser = await signed_in(revoke_tokens_on_logout=True, revocation_url=f"{provider.issuer}/jwks/other")
    await browser.open("/hub/logout")
    assert provider.count("revoke") == 0
    assert {call.path for call in provider.requests_to("jwks") if call.method == "POST"} == {"/jwks/other"}


@pytest.mark.parametrize("fault", ["F15", "F16", "F17", "F3", "F19"])
async def test_revoking_that_fails_is_only_a_warning(signed_in, provider, fault):
    hub, browser = await signed_in(revoke_tokens_on_logout=True)
    provider.faults.on(fault, at="revoke")
    assert (await browser.open("/hub/logout")).path == "/hub/logout"
    assert len(hub.log.lines_with("of alice could not be revoked")) == 2
    assert tokens_in(await hub.auth_state("alice")) == {}
    assert not await lives(browser)
    check_invariants(hub, provider, accounts=["alice"])


async def test_revoking_without_an_endpoint_says_what_to_set(signed_in, provider):
    provider.faults.on("no-revocation")
    hub, browser = await signed_in(revoke_tokens_on_logout=True)
    assert (await browser.open("/hub/logout")).path == "/hub/logout"
    assert "revocation_url" in hub.log.lines_with("could not be revoked")[0]


async def test_revoking_that_hangs_goes_on_without_the_user(clock, signed_in, provider):
    hub, browser = await signed_in(revoke_tokens_on_logout=True)
    provider.faults.on("F1", at="revoke")
    with clock.taking() as seconds:
        page = await browser.open("/hub/logout")
    assert page.path == "/hub/logout"
    assert seconds() < hub.authenticator.provider_timeout
    assert not hub.log.lines_with("was revoked")
    provider.released.set()
    await hub.log.until("of alice was revoked")


async def test_after_a_logout_a_program_goes_on_and_nobody_is_asked(signed_in, provider):
    """The provider's tokens are gone: without any there is nothing to refresh with."""
    hub, browser = await signed_in(user_data_max_age=0)
    other = hub.browser("alice")
    await other.login()
    headers = {"Authorization": f"Bearer {hub.app.users['alice'].new_api_token()}"}
    await browser.open("/hub/logout")
    asked = len(provider.calls)
    assert not await lives(other)
    due(hub)
    assert (await hub.browser().get("/hub/api/user", headers=headers)).status == 200
    assert len(provider.calls) == asked
    assert hub.log.lines_with("No tokens of alice are stored")
    assert (await other.login()).status == 200
    due(hub)
    assert await lives(other)
    check_invariants(hub, provider, accounts=["alice"])


async def test_a_refresh_under_way_brings_no_tokens_back(signed_in, provider):
    provider.access_token_lifetime = 1
    hub, browser = await signed_in(user_data_max_age=0)
    other = hub.browser("alice")
    await other.login()
    due(hub)
    provider.faults.on("F1", at="token")
    page = asyncio.ensure_future(other.get("/hub/home"))
    await provider.until_asked("token", 3)
    await browser.open("/hub/logout")
    provider.released.set()
    assert (await page).status == 302
    assert tokens_in(await hub.auth_state("alice")) == {}
    check_invariants(hub, provider, accounts=["alice"])


async def test_leaving_needs_no_refresh(signed_in, provider):
    """A logout sends no refresh, although one is due."""
    hub, browser = await signed_in(user_data_max_age=0)
    provider.revoke_everything()
    due(hub)
    asked = len(provider.calls)
    await browser.open("/hub/logout")
    assert len(provider.calls) == asked
    assert not browser.logged_in


async def test_nobody_signed_in(signed_in, provider):
    hub, _ = await signed_in(revoke_tokens_on_logout=True, rp_initiated_logout=True)
    assert (await hub.browser().open("/hub/logout")).path == "/hub/logout"
    assert provider.count("revoke") == provider.count("end_session") == 0
    assert len(tokens_in(await hub.auth_state("alice"))) == 4
    check_invariants(hub, provider, accounts=["alice"])


async def test_an_image_on_another_site_logs_nobody_out(signed_in, provider):
    """H (CVE-2020-36191 and others): no change of state by what a foreign page loads."""
    _hub, browser = await signed_in(revoke_tokens_on_logout=True)
    for site, mode in (
        ("cross-site", "no-cors"),
        ("same-origin", "no-cors"),
        ("same-site", "cors"),
        ("cross-site", "cors"),
    ):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
        assert (await browser.get("/hub/logout", headers=headers)).status == 403
    assert await lives(browser)
    assert provider.count("revoke") == 0
    assert (await browser.get("/hub/logout")).status == 200
    assert not browser.logged_in


async def test_without_auth_state(hub_at_provider, provider):
    hub = await hub_at_provider(rp_initiated_logout=True)
    register_logout(hub, provider, backchannel=False)
    browser = hub.browser("alice")
    await browser.login()
    assert (await browser.open("/hub/logout")).path == "/hub/oauth_logged_out"
    (asked,) = provider.requests_to("end_session")
    assert set(asked.fields) == {"client_id", "post_logout_redirect_uri", "state"}
    assert asked.status == 303
    check_invariants(hub, provider, accounts=["alice"])


# --- the provider's logout page --------------------------------------------------------------------------------------


async def test_the_redirect_stays_private(signed_in, provider):
    """It has the ID token in it."""
    hub, browser = await signed_in(rp_initiated_logout=True)
    hop = await browser.get("/hub/logout")
    assert "id_token_hint=" in hop.location
    check_invariants(hub, provider, accounts=["alice"])
    assert (hop.headers["cache-control"], hop.headers["referrer-policy"]) == ("no-store", "no-referrer")


async def test_logout_redirect_url_comes_after_the_provider(signed_in, provider):
    _hub, browser = await signed_in(rp_initiated_logout=True, logout_redirect_url=f"{provider.issuer}/bye")
    page = await browser.follow(await browser.get("/hub/logout"), stop_before=f"{provider.issuer}/bye")
    assert page.path == "/hub/oauth_logged_out"
    assert page.location == f"{provider.issuer}/bye"
    assert "oauth-logout" not in browser.cookies
    again = await browser.get(page.url)
    assert (again.status, again.location) == (200, None)


async def test_coming_back_while_signed_in_does_nothing(signed_in, provider):
    hub, browser = await signed_in(rp_initiated_logout=True, logout_redirect_url=f"{provider.issuer}/bye")
    for query in ("", "?state=x", "?state=x&state=y", "?state=%ff", "?state="):
        page = await browser.get(f"/hub/oauth_logged_out{query}")
        assert (page.status, page.location) == (302, f"{hub.url}/hub/")
        stranger = await hub.browser().get(f"/hub/oauth_logged_out{query}")
        assert (stranger.status, stranger.location) == (200, None)
        assert "You are signed out of JupyterHub" in stranger.text
    assert await lives(browser)


async def test_with_auto_login_the_end_is_a_page(signed_in):
    _, browser = await signed_in(rp_initiated_logout=True, auto_login=True)
    page = await browser.open("/hub/logout")
    assert (page.status, page.path) == (200, "/hub/oauth_logged_out")
    assert "You are signed out of JupyterHub" in page.text


async def test_end_session_url_is_enough(signed_in, provider):
    hub, browser = await signed_in(end_session_url=f"{provider.issuer}/end_session?tenant=1")
    assert hub.authenticator.rp_initiated_logout
    query = parse_qs(urlsplit((await browser.get("/hub/logout")).location).query)
    assert query["tenant"] == ["1"]
    assert query["client_id"] == ["hub"]


async def test_a_long_id_token_stays_here(signed_in, provider):
    provider.users["alice"]["about"] = "a" * 4000
    provider.user_claims_in_id_token = True
    _, browser = await signed_in(rp_initiated_logout=True)
    hop = await browser.get("/hub/logout")
    assert "client_id=" in hop.location
    assert "id_token_hint" not in hop.location
    assert len(hop.location) < 1000


async def test_a_provider_without_a_logout_page(signed_in, provider):
    provider.faults.on("no-logout-page")
    hub, browser = await signed_in(rp_initiated_logout=True, logout_redirect_url=f"{provider.issuer}/bye")
    assert (await browser.get("/hub/logout")).location == f"{provider.issuer}/bye"
    assert "end_session_url" in hub.log.lines_with("stays signed in at the provider")[0]
    assert not browser.logged_in


@pytest.mark.parametrize("fault", ["F15", "F1"])
async def test_metadata_that_are_not_there(signed_in, provider, monkeypatch, fault):
    monkeypatch.setattr("oauthenticator_suite.hub.logout.logout.LOGOUT_MAX_WAIT", 0.05)
    hub, browser = await signed_in(rp_initiated_logout=True)
    hub.authenticator.connection.issuer._metadata = None
    provider.faults.on(fault, at="metadata")
    assert (await browser.open("/hub/logout")).path == "/hub/logout"
    assert hub.log.lines_with("stays signed in at the provider")
    check_invariants(hub, provider, accounts=["alice"])


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        ("https://hub.example.org/jupyter/hub/oauth_callback", "https://hub.example.org/jupyter/hub/oauth_logged_out"),
        ("https://hub.example.org/login-callback", "https://hub.example.org/hub/oauth_logged_out"),
    ],
)
async def test_where_the_provider_sends_people_back_to(signed_in, callback, expected):
    hub, browser = await signed_in(rp_initiated_logout=True)
    hub.authenticator.oauth_callback_url = callback
    query = parse_qs(urlsplit((await browser.get("/hub/logout")).location).query)
    assert query["post_logout_redirect_uri"] == [expected]


# --- back-channel ----------------------------------------------------------------------------------------------------

BACK = {"backchannel_logout": True}


async def test_all_browsers_of_the_user_and_nobody_elses(signed_in, provider):
    hub, browser = await signed_in(**BACK)
    others = [hub.browser("alice"), hub.browser("bob")]
    for other in others:
        await other.login()
    bobs = await hub.auth_state("bob")
    assert (await provider.log_out("alice")).status == 200
    assert [await lives(one) for one in (browser, *others)] == [False, False, True]
    assert tokens_in(await hub.auth_state("alice")) == {}
    assert await hub.auth_state("bob") == bobs
    assert (await browser.login()).status == 200
    check_invariants(hub, provider, accounts=["alice", "bob"])


async def test_after_a_restart(provider, tmp_path):
    """Who is who is in the database."""
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **KEPT, **BACK)
    async with start_hub(config, state) as hub:
        register_logout(hub, provider)
        alice, bob = hub.browser("alice"), hub.browser("bob")
        for browser in (alice, bob):
            await browser.login()
        sid = (await hub.auth_state("alice"))["suite"]["sid"]
        cookies = alice.cookies, bob.cookies
    async with start_hub(config, state) as hub:

        async def live():
            pages = [await hub.browser().get("/hub/home", cookies=kept) for kept in cookies]
            return [page.status == 200 for page in pages]

        assert await live() == [True, True]
        provider.faults.on("sid-only", times=1)
        assert (await provider.log_out("alice", "another-session")).status == 200
        assert await live() == [True, True]
        provider.faults.on("sid-only", times=1)
        assert (await provider.log_out("alice", sid)).status == 200
        assert await live() == [False, True]
        assert (await provider.log_out("bob")).status == 200
        assert await live() == [False, False]


@pytest.mark.parametrize("fault", ["sub-only", "sid-only", "typ-plain", "no-exp", "F59-logout"])
async def test_good_tokens_of_other_shapes(signed_in, provider, fault):
    hub, browser = await signed_in(**BACK)
    record = (await hub.auth_state("alice"))["suite"]
    provider.faults.on(fault)
    assert (await provider.log_out("alice", record["sid"])).status == 200
    assert not await lives(browser)


async def test_the_session_of_either_browser_will_do(signed_in, provider):
    hub, browser = await signed_in(**BACK)
    first = (await hub.auth_state("alice"))["suite"]["sid"]
    await hub.browser("alice").login()
    assert (await hub.auth_state("alice"))["suite"]["sid"] != first
    provider.faults.on("sid-only")
    assert (await provider.log_out("alice", first)).status == 200
    assert not await lives(browser)


@pytest.mark.parametrize("fault", ["wrong-key", "expired", "no-iat", "no-jti", "nobody", "typ-access-token"])
async def test_bad_tokens(signed_in, provider, fault):
    """Those that the conformance plan does not have: 400, and nothing happens."""
    hub, browser = await signed_in(**BACK)
    provider.faults.on(fault)
    answer = await provider.log_out("alice")
    assert (answer.status, answer.headers["cache-control"]) == (400, "no-store")
    assert json.loads(answer.body) == {"error": "invalid_request"}
    assert await lives(browser)
    assert len(tokens_in(await hub.auth_state("alice"))) == 4
    check_invariants(hub, provider, accounts=["alice"])


async def test_a_token_is_good_once(signed_in, provider):
    hub, browser = await signed_in(**BACK)
    token = provider.logout_token("alice")
    assert (await provider.send_logout_token(token)).status == 200
    assert (await browser.login()).status == 200
    assert (await provider.send_logout_token(token)).status == 400
    assert await lives(browser)
    assert hub.log.lines_with("was used before")
    assert (await provider.log_out("alice")).status == 200
    assert not await lives(browser)


async def test_a_used_token_is_refused_after_a_restart_too(provider, tmp_path):
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **KEPT, **BACK)
    async with start_hub(config, state) as hub:
        register_logout(hub, provider)
        await hub.browser("alice").login()
        token = provider.logout_token("alice")
        assert (await provider.send_logout_token(token)).status == 200
    async with start_hub(config, state) as hub:
        browser = hub.browser("alice")
        await browser.login()
        assert (await provider.send_logout_token(token)).status == 400
        assert hub.log.lines_with("was used before")
        assert await lives(browser)


@pytest.mark.parametrize("exp", [315_360_000, None])
async def test_a_token_of_last_year_is_refused(signed_in, provider, exp):
    """Though it says that it is good for ten years, or does not say: its identifier is long forgotten."""
    _, browser = await signed_in(**BACK)

    def last_year(provider, draft):
        draft.claims["iat"] -= 86_400 * 365
        draft.claims["exp"] = draft.claims["iat"] + exp if exp else None
        if exp is None:
            del draft.claims["exp"]

    provider.faults.on(Fault("last-year", "logout_token", "issued a year ago", last_year))
    assert (await provider.log_out("alice")).status == 400
    assert await lives(browser)


async def test_a_token_that_is_older_than_the_login_changes_nothing(signed_in, provider):
    """It is about an earlier session. It is answered like a token about a user who is not here."""
    hub, browser = await signed_in(**BACK)

    def a_minute_ago(provider, draft):
        draft.claims["iat"] -= 60

    provider.faults.on(Fault("a-minute-ago", "logout_token", "issued before the login", a_minute_ago), times=1)
    answer = await provider.log_out("alice")
    assert answer.status == 200
    assert await lives(browser)
    assert len(tokens_in(await hub.auth_state("alice"))) == 4
    assert hub.log.lines_with("is older than the last login")
    assert (await provider.log_out("alice")).status == 200
    assert not await lives(browser)


async def test_strangers_cannot_keep_logins_from_new_keys(signed_in, provider):
    """Logout tokens with unknown keys, which anyone may send, and then the provider replaces its key."""
    hub, _ = await signed_in(**BACK)
    for number in range(5):
        provider.faults.on("F47", at="logout_token", times=1)
        assert (await provider.log_out("alice", f"sid-{number}")).status == 400
    asked = provider.count("jwks")
    provider.keys.rotate()
    assert (await hub.browser("bob").login()).status == 200
    assert provider.count("jwks") == asked + 1


async def test_a_token_that_failed_may_come_again(signed_in, provider, monkeypatch):
    hub, browser = await signed_in(**BACK)

    async def fail(*args, **kwargs):
        raise RuntimeError("the database is away")

    token = provider.logout_token("alice")
    with monkeypatch.context() as patch:
        patch.setattr(hub.authenticator.logouts.sessions, "find", fail)
        assert (await provider.send_logout_token(token)).status == 400
    assert hub.log.lines_with("A back-channel logout failed")
    assert await lives(browser)
    assert (await provider.send_logout_token(token)).status == 200
    assert not await lives(browser)


async def test_a_hook_that_keeps_nothing(signed_in, provider):
    """Until the Hub is started again it knows whose sessions they are all the same."""
    hub, browser = await signed_in(**BACK, modify_auth_state_hook=lambda authenticator, auth_state: None)
    assert await hub.auth_state("alice") is None
    assert (await provider.log_out("alice")).status == 200
    assert not await lives(browser)


async def test_people_who_are_not_here(signed_in, provider):
    """They are logged out already: 200 (§2.7)."""
    hub, browser = await signed_in(**BACK)
    assert (await provider.log_out("carol")).status == 200
    assert hub.accounts().keys() == {"alice"}
    await hub.browser().login("bob")
    hub.app.users.delete("bob")
    assert (await provider.log_out("bob")).status == 200
    assert await lives(browser)


async def test_two_accounts_of_one_person(signed_in, provider):
    """The name was changed at the provider: sessions under both end."""
    hub, browser = await signed_in(**BACK)
    provider.users["alice"]["preferred_username"] = "alice2"
    other = hub.browser("alice")
    await other.login()
    assert hub.accounts().keys() == {"alice", "alice2"}
    assert (await provider.log_out("alice")).status == 200
    assert [await lives(browser), await lives(other)] == [False, False]


async def test_an_account_that_has_changed_hands(signed_in, provider):
    hub, _browser = await signed_in(**BACK, rebind_accounts_by_name=True)
    provider.users["carol"]["preferred_username"] = "alice"
    carol = hub.browser("carol")
    await carol.login()
    assert (await provider.log_out("alice")).status == 200
    assert await lives(carol)
    assert (await provider.log_out("carol")).status == 200
    assert not await lives(carol)


async def test_tokens_of_browsers_end_and_those_of_scripts_stay(signed_in, provider):
    """H (CVE-2021-41247): an open tab of the user's server can get nothing new."""
    hub, _browser = await signed_in(**BACK)
    user = hub.app.users["alice"]
    script = user.new_api_token(note="for a script")
    client_id = "jupyterhub"
    orm.APIToken.new(user=user.orm_user, session_id="a-browser", client_id=client_id)
    code = orm.OAuthCode(
        client_id=client_id, code="c", user_id=user.id, session_id="s", expires_at=2**40, redirect_uri="x"
    )
    hub.app.db.add(code)
    hub.app.db.commit()
    assert (await provider.log_out("alice")).status == 200
    assert [token.session_id for token in hub.app.db.query(orm.APIToken).filter_by(user_id=user.id)] == [None]
    assert hub.app.db.query(orm.OAuthCode).count() == 0
    headers = {"Authorization": f"Bearer {script}"}
    assert (await hub.browser().get("/hub/api/user", headers=headers)).status == 200


async def test_all_records_are_read_once_in_lots(signed_in, provider, monkeypatch):
    """Accounts from before this Hub was started, among them some that cannot be read."""
    monkeypatch.setattr("oauthenticator_suite.hub.logout.provider_sessions.BATCH_SIZE", 3)
    hub, browser = await signed_in(**BACK)
    for number in range(10):
        state = {"suite": {"issuer": provider.issuer, "subject": f"subject-{number}", "sid": f"sid-{number}"}}
        if number == 4:
            state["suite"]["issuer"] = "https://honest.example"
        sealed = b"not encrypted" if number == 5 else await encrypt(state)
        hub.app.db.add(orm.User(name=f"user-{number}", encrypted_auth_state=sealed))
    hub.app.db.commit()
    cookies = {user.name: user.cookie_id for user in hub.app.db.query(orm.User)}
    for number in (9, 0, 4, 5, 3):
        provider.users["somebody"] = {"sub": f"subject-{number}"}
        assert (await provider.log_out("somebody")).status == 200
    hub.app.db.expire_all()
    changed = {user.name for user in hub.app.db.query(orm.User) if user.cookie_id != cookies[user.name]}
    assert changed == {"user-9", "user-0", "user-3"}
    assert await lives(browser)


async def test_with_the_keys_out_of_reach_nothing_happens(signed_in, provider):
    hub, browser = await signed_in(**BACK)
    provider.keys.rotate()
    provider.faults.on("F64")
    assert (await provider.log_out("alice")).status == 400
    assert await lives(browser)
    check_invariants(hub, provider, accounts=["alice"])


async def post(hub, data, **options):
    return await hub.browser().request("POST", "/hub/oauth_backchannel_logout", data=data, **options)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (b"", FORM),
        (b"logout_token=", FORM),
        (b"logout_token=x", FORM),
        (b"other=x", FORM),
        (b"logout_token=\xff", FORM),
        (b"logout_token=%ff", FORM),
        (b"&" * 60, FORM),
        (b'{"logout_token": "x"}', {"Content-Type": "application/json"}),
        (b"logout_token=" + b"a" * 70_000, FORM),
        (b"logout_token=" + b"a" * 1_048_576, FORM),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else None,
)
async def test_requests_that_are_none(signed_in, provider, data, headers):
    hub, browser = await signed_in(**BACK)
    page = await post(hub, BytesIO(data), headers=headers)
    assert page.status == 400
    assert json.loads(page.body) == {"error": "invalid_request"}
    assert page.headers["cache-control"] == "no-store"
    (line,) = hub.log.lines_with("A logout token was refused")
    assert len(line) < 200
    assert await lives(browser)
    check_invariants(hub, provider, accounts=["alice"])


async def test_a_good_token_in_bad_company(signed_in, provider):
    hub, browser = await signed_in(**BACK)
    token = provider.logout_token("alice")
    assert (await post(hub, f"logout_token={token}&logout_token={token}", headers=FORM)).status == 400
    assert (await post(hub, f"logout_token={token}", headers={"Content-Type": "text/plain"})).status == 400
    padded = f"logout_token={token}&padding={'a' * 70_000}"
    assert (await post(hub, padded, headers=FORM)).status == 400
    assert await lives(browser)
    assert (await post(hub, f"logout_token={token}&more=x", headers=FORM)).status == 200


async def test_what_is_far_too_large_is_not_read_to_its_end(signed_in, provider):
    hub, browser = await signed_in(**BACK)

    async def endless():
        for _ in range(10_000):
            yield b"a" * 10_000

    try:
        page = await post(hub, endless(), headers=FORM)
    except aiohttp.ClientError:
        pass  # the line was cut while we were talking
    else:
        assert page.status == 400
    assert await lives(browser)
    check_invariants(hub, provider, accounts=["alice"])


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_other_methods(signed_in, method):
    _hub, browser = await signed_in(**BACK)
    page = await browser.request(method, "/hub/oauth_backchannel_logout")
    assert page.status == 405
    assert page.headers["allow"] == "POST"
    assert await lives(browser)


async def test_cookies_are_not_looked_at(signed_in, provider):
    """Neither a user's session nor a missing XSRF token makes a difference."""
    hub, browser = await signed_in(**BACK)
    bob = hub.browser("bob")
    await bob.login()
    assert (await bob.request("POST", "/hub/oauth_backchannel_logout", data={"logout_token": "x"})).status == 400
    token = provider.logout_token("alice")
    page = await bob.request("POST", "/hub/oauth_backchannel_logout", data={"logout_token": token})
    assert (page.status, page.body, page.set_cookies) == (200, "", ())
    assert await lives(bob)
    assert not await lives(browser)


@pytest.mark.parametrize("stops", [True, False])
async def test_shutdown_on_logout(hubs, provider, stops):
    """The Hub's option means this way of logging out as well; a user whose tokens are gone is not refreshed for it."""
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **KEPT, **BACK, revoke_tokens_on_logout=True, user_data_max_age=0)
    config.JupyterHub.shutdown_on_logout = stops
    config.JupyterHub.spawner_class = LittleServer
    hub = await hubs(config, state)
    if hub.authenticator.has_trait("refresh_pre_stop"):  # not with every Hub
        hub.authenticator.refresh_pre_stop = True
    register_logout(hub, provider)
    browser = hub.browser("alice")
    await browser.login()
    user = await start_server(hub, browser)
    assert (await provider.log_out("alice")).status == 200
    await hub.log.until("refresh_token of alice was revoked")
    if stops:
        await hub.log.until("server took")
    assert user.spawner.active is not stops
    if not stops:
        await user.stop()


# --- front-channel ---------------------------------------------------------------------------------------------------

FRONT = {"frontchannel_logout": True}


@pytest.fixture
async def framed(signed_in, provider):
    hub, browser = await signed_in(**FRONT)
    register_logout(hub, provider, frontchannel=True)
    return hub, browser, (await hub.auth_state("alice"))["suite"]["sid"]


async def test_a_frame_that_names_another_session_does_nothing(framed, provider):
    hub, browser, sid = framed
    for url in (
        provider.frontchannel_url("another"),
        provider.frontchannel_url(sid, "https://honest.example"),
        f"{hub.url}/hub/oauth_frontchannel_logout",
        f"{hub.url}/hub/oauth_frontchannel_logout?sid={sid}",
    ):
        page = await browser.get(url)
        assert page.status == 200
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["content-security-policy"] == f"frame-ancestors {provider.issuer}"
    page = await browser.get(f"{provider.frontchannel_url(sid)}&sid={sid}")
    assert page.status == 400
    assert await lives(browser)
    assert len(tokens_in(await hub.auth_state("alice"))) == 4


async def test_a_frame_without_cookies_is_answered_alike(framed, provider):
    hub, browser, sid = framed
    nobody = await hub.browser().get(provider.frontchannel_url(sid))
    assert await lives(browser)
    bob = hub.browser("bob")
    await bob.login()
    somebody = await bob.get(provider.frontchannel_url(sid))
    assert await lives(bob)
    alice = await browser.get(provider.frontchannel_url(sid))
    assert not await lives(browser)
    assert (nobody.status, nobody.body) == (somebody.status, somebody.body) == (alice.status, alice.body)
    assert nobody.status == 200
    check_invariants(hub, provider, accounts=["alice", "bob"])


async def test_a_frame_after_another_login_of_the_same_user(framed, provider):
    """Each browser has a separate session at the provider."""
    hub, browser, sid = framed
    await hub.browser("alice").login()
    assert (await browser.get(provider.frontchannel_url(sid))).status == 200
    assert not await lives(browser)


async def test_headers_of_the_operators_own_do_not_keep_the_frame_out(hubs, provider):
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, **KEPT, **FRONT)
    own = {"Content-Security-Policy": "frame-ancestors 'self'", "X-Frame-Options": "DENY"}
    config.JupyterHub.tornado_settings = {"headers": own}
    hub = await hubs(config, state)
    page = await hub.browser().get("/hub/oauth_frontchannel_logout")
    assert page.headers["content-security-policy"] == f"frame-ancestors {provider.issuer}"
    assert "x-frame-options" not in page.headers
    assert (await hub.browser().get("/hub/logout")).headers["x-frame-options"] == "DENY"


# --- start-up --------------------------------------------------------------------------------------------------------


async def test_what_is_off_is_not_there(hub, browser):
    for name in ("oauth_logged_out", "oauth_frontchannel_logout", "oauth_backchannel_logout"):
        assert (await browser.get(f"/hub/{name}")).status == 404


PLAIN = {"authorize": "authorize", "token": "token", "userdata": "userinfo", "jwks": "jwks"}


@pytest.mark.parametrize(
    ("traits", "names"),
    [
        ({"rp_initiated_logout": True}, "end_session_url"),
        ({"revoke_tokens_on_logout": True, **KEPT}, "revocation_url"),
        ({"backchannel_logout": True}, "enable_auth_state"),
        ({"frontchannel_logout": True}, "enable_auth_state"),
        ({"revoke_tokens_on_logout": True, "revocation_url": "https://login.example.org/x"}, "enable_auth_state"),
        ({"end_session_url": "http://login.example.org/logout"}, "end_session_url"),
        ({"revocation_url": "http://login.example.org/revoke"}, "revocation_url"),
        ({"backchannel_logout": True, "issuer": "", **KEPT}, "issuer"),
        ({"frontchannel_logout": True, "issuer": "", **KEPT}, "issuer"),
        ({"revoke_tokens_on_logout": True, "issuer": "", **KEPT}, "revocation_url"),
        ({"rp_initiated_logout": True, "issuer": ""}, "end_session_url"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else value,
)
async def test_options_that_cannot_work(hubs, provider, traits, names):
    """Without discovery: every URL is told."""
    urls = {f"{name}_url": f"{provider.issuer}/{path}" for name, path in PLAIN.items()}
    with pytest.raises(ConfigurationError, match=names):
        await hubs(generic_config(provider, **urls, **traits))


async def test_all_at_once(hub_at_provider):
    hub = await hub_at_provider(**ALL_LOGOUTS)
    for path, status in (
        ("oauth_logged_out", 200),
        ("oauth_frontchannel_logout", 200),
        ("oauth_backchannel_logout", 405),
    ):
        assert (await hub.browser().get(f"/hub/{path}")).status == status
