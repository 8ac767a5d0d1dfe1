"""`MWOAuthenticator` through a real Hub: what is a wiki's own. What all providers must do is in tests/contract."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from oauthenticator_suite import MWOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.contract.logins import refused
from tests.fakes.mediawiki import FakeMediaWiki, WikiUser
from tests.hub.wikis import LIBRARY, NATIVE, OAUTH_2, Start
from tests.support import Browser, Hub, HubDidNotStart, check_invariants, reference_on, refresh_is_due
from tests.support.little_server import LittleServer, start_server

WAYS = pytest.mark.parametrize("way", [NATIVE, LIBRARY, OAUTH_2], ids=["native", "mwoauth", "oauth2"])
OAUTH_1 = pytest.mark.parametrize("way", [NATIVE, LIBRARY], ids=["native", "mwoauth"])


async def signs_in(hub: Hub, user: str, browser: Browser | None = None, next_url: str = "/hub/home") -> Browser:
    browser = browser or hub.browser()
    page = await browser.login(user, next_url=next_url)
    assert page.status == 200, page.text[:500]
    assert browser.logged_in
    return browser


async def stays(hub: Hub, browser: Browser, name: str) -> bool:
    """Whether a signed-in user still is, when a refresh is due."""
    refresh_is_due(hub, name)
    return (await browser.get("/hub/home")).status == 200


# --- names -----------------------------------------------------------------------------------------------------------


@WAYS
async def test_names(hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str]) -> None:
    """Spaces become underscores, case stays; every other letter is as the wiki has it."""
    hub = await hub_at_wiki(**way)
    names = {
        "Bob van Dyke": "Bob_van_Dyke",
        "José ÑANDÚ": "José_ÑANDÚ",
        "Carol (WMF)": "Carol_(WMF)",
        "O'Brien": "O'Brien",
        "ALLCAPS": "ALLCAPS",
        "Allcaps": "Allcaps",
    }
    for name in names:
        await signs_in(hub, name)
    check_invariants(hub, wiki, accounts=names.values())
    assert wiki.refusals == []


async def test_options_know_both_spellings(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    hub = await hub_at_wiki(
        allow_all=False,
        admin_users={"Bob van Dyke"},
        allowed_users={"Carol_(WMF)"},
        blocked_users={"José ÑANDÚ"},
        username_map={"O'Brien": "obrien", "Bob van Dyke": "bvd"},
    )
    hub.authenticator.allowed_users.add("obrien")
    await signs_in(hub, "Carol (WMF)")
    await signs_in(hub, "O'Brien")
    page = await hub.browser().login("José ÑANDÚ")
    assert page.status == 403
    # the map holds for names in options too: the Hub normalizes these as it does a login's
    await signs_in(hub, "Bob van Dyke")
    assert hub.accounts() == {"Carol_(WMF)": False, "obrien": False, "bvd": True}


def test_the_map_is_applied_in_either_spelling() -> None:
    authenticator = MWOAuthenticator(username_map={"Bob van Dyke": "bob", "Eve_Adams": "eve"})
    assert authenticator.normalize_username("Bob van Dyke") == "bob"
    assert authenticator.normalize_username("Bob_van_Dyke") == "bob"
    assert authenticator.normalize_username("Eve Adams") == "eve"
    assert authenticator.normalize_username("Mixed Case") == "Mixed_Case"


# --- the login -------------------------------------------------------------------------------------------------------


@WAYS
async def test_next_and_two_tabs(hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str]) -> None:
    """Each tab ends where it wanted to go, in whatever order they come back."""
    hub = await hub_at_wiki(**way)
    browser = hub.browser()
    first = await browser.walk_to_callback("Alice", next_url="/hub/token")
    second = await browser.walk_to_callback("Alice", next_url="/hub/home?a=b")
    page = await browser.open(second)
    assert (page.status, page.path, page.query) == (200, "/hub/home", {"a": "b"})
    page = await browser.open(first)
    assert (page.status, page.path) == (200, "/hub/token")
    check_invariants(hub, wiki, accounts={"Alice"})


@OAUTH_1
async def test_the_request_token_s_secret_is_nowhere_to_be_read(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    way: dict[str, str],
) -> None:
    """It travels in the attempt's cookie, which is encrypted; in no URL, page or log line."""
    hub = await hub_at_wiki(**way)
    browser = await signs_in(hub, "Alice")
    (secret,) = {token.secret for token in wiki.request_tokens.values()} & wiki.secrets
    assert len(secret) >= 32
    assert not any(secret in value for _, value in browser.cookies_seen)
    check_invariants(hub, wiki, accounts={"Alice"})


@OAUTH_1
@pytest.mark.parametrize("change", ["wrong", "missing", "long"])
async def test_the_verifier(hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str], change: str) -> None:
    hub = await hub_at_wiki(**way)
    browser = hub.browser()
    callback = await browser.walk_to_callback("Alice")
    (verifier,) = parse_qs(urlsplit(callback).query)["oauth_verifier"]
    other = {"wrong": verifier[::-1], "missing": "", "long": "v" * 600}[change]
    await refused(hub, wiki, 400, browser=browser, url=callback.replace(verifier, other))  # type: ignore[arg-type]
    assert wiki.count("identify") == 0


@OAUTH_1
async def test_cancel_leaves_the_browser_at_the_wiki(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    way: dict[str, str],
) -> None:
    wiki.deny = True
    hub = await hub_at_wiki(**way)
    browser = hub.browser()
    page = await browser.login("Alice")
    assert page.url.startswith(wiki.origin)
    assert not browser.logged_in
    wiki.deny = False
    await signs_in(hub, "Alice", browser)


async def test_oauth_2_denial_comes_without_a_state(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    """F75: the response belongs to no known login; a clear page, and nothing else."""
    wiki.deny = True
    hub = await hub_at_wiki(**OAUTH_2)
    browser = hub.browser()
    page = await browser.login("Alice")
    assert page.status == 400
    assert "not completed" in page.text
    reference_on(page, hub)
    check_invariants(hub, wiki)


@WAYS
async def test_a_hidden_account_has_no_name(hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str]) -> None:
    hub = await hub_at_wiki(**way)
    wiki.hide("Alice")
    page = await hub.browser().login("Alice")
    assert page.status == 403
    assert "has no username that" in page.text
    check_invariants(hub, wiki)


@WAYS
async def test_a_server_can_start_with_auth_state(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    way: dict[str, str],
) -> None:
    """What is kept survives being written to the database and read again: nothing in it is of a library's own types."""
    hub = await hub_at_wiki(
        enable_auth_state=True, refresh_pre_spawn=True, user_data_max_age=0, spawner_class=LittleServer, **way
    )
    browser = await signs_in(hub, "Alice")
    auth_state = await hub.auth_state("Alice")
    assert auth_state is not None
    assert auth_state["MEDIAWIKI_USER_IDENTITY"]["username"] == "Alice"
    endpoint = "profile" if way is OAUTH_2 else "identify"
    asked = wiki.count(endpoint)
    user = await start_server(hub, browser, "Alice")
    assert user.spawner.active
    assert wiki.count(endpoint) == asked + 1  # with what was kept
    assert (await browser.get("/hub/home")).status == 200
    await user.stop()


@OAUTH_1
async def test_what_is_kept_has_the_documented_names(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    way: dict[str, str],
) -> None:
    hub = await hub_at_wiki(enable_auth_state=True, **way)
    await signs_in(hub, "Alice")
    auth_state = await hub.auth_state("Alice") or {}
    (pair,) = wiki.access_tokens.values()
    assert auth_state["ACCESS_TOKEN_KEY"] == pair.key
    assert auth_state["ACCESS_TOKEN_SECRET"] == pair.secret
    identity = auth_state["MEDIAWIKI_USER_IDENTITY"]
    assert identity["sub"] == "11"
    assert "rights" not in identity
    hub.authenticator.keep_wiki_rights = True
    await signs_in(hub, "Bob van Dyke")
    assert "read" in (await hub.auth_state("Bob_van_Dyke") or {})["MEDIAWIKI_USER_IDENTITY"]["rights"]


@WAYS
async def test_sub_may_be_a_number(hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str]) -> None:
    """One account, whether the wiki's release sends its number as a number or as a string."""
    hub = await hub_at_wiki(enable_auth_state=True, **way)
    for wiki.int_sub in (True, False):
        await signs_in(hub, "Alice")
        assert (await hub.auth_state("Alice") or {})["suite"]["subject"] == "11"


async def test_a_profile_that_calls_itself_html(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    wiki.old_release = True
    hub = await hub_at_wiki(**OAUTH_2)
    await signs_in(hub, "Alice")


async def test_oauth_2_sends_no_scope_and_a_client_may_be_public(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
) -> None:
    """A scope that the client lacks gives a token that is good for nothing; so none is asked for by default."""
    wiki.consumer.confidential = False
    hub = await hub_at_wiki(**OAUTH_2, client_secret="")
    await signs_in(hub, "Alice")
    (call,) = wiki.requests_to("oauth2_authorize")
    assert "scope" not in parse_qs(call.query)
    assert "client_secret" not in wiki.requests_to("oauth2_token")[0].body
    assert wiki.refusals == []


async def test_one_consumer_for_several_hubs(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    """With a prefix as its callback the wiki must be told where to go; without, it knows."""
    hub = await hub_at_wiki(send_callback_url=True)
    wiki.consumer.callback_url, wiki.consumer.callback_is_prefix = hub.url, True
    await signs_in(hub, "Alice")
    assert wiki.refusals == []


# --- who may come in -------------------------------------------------------------------------------------------------


@WAYS
@pytest.mark.parametrize(
    ("rule", "who", "comes_in"),
    [
        ({"allow_all": False, "allowed_wiki_groups": {"editor"}}, "Bob van Dyke", True),
        ({"allow_all": False, "allowed_wiki_groups": {"editor"}}, "Alice", False),
        ({"allow_all": False, "allowed_wiki_groups": {"edit"}}, "Bob van Dyke", False),
        ({"minimum_edit_count": 250}, "Alice", True),
        ({"minimum_edit_count": 1}, "Newcomer", False),
        ({"minimum_account_age_days": 365}, "Alice", True),
        ({"minimum_account_age_days": 3650}, "Newcomer", False),
        ({"require_confirmed_email": True}, "Alice", True),
        ({"require_confirmed_email": True}, "Newcomer", False),
        ({"minimum_edit_count": 1, "admin_users": {"Newcomer"}}, "Newcomer", False),
    ],
)
async def test_rules(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    way: dict[str, str],
    rule: dict[str, object],
    who: str,
    comes_in: bool,
) -> None:
    hub = await hub_at_wiki(**way, **rule)
    page = await hub.browser().login(who)
    assert page.status == (200 if comes_in else 403), page.text[:300]


@WAYS
async def test_who_is_blocked_stays_out_and_goes(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    way: dict[str, str],
) -> None:
    """H: under allow_all and as an administrator too, at the login and at the next refresh; unless that is switched off."""
    hub = await hub_at_wiki(enable_auth_state=True, user_data_max_age=0, admin_users={"Alice"}, **way)
    browser = await signs_in(hub, "Alice")
    wiki.block("Alice")
    assert not await stays(hub, browser, "Alice")
    page = await hub.browser().login("Alice")
    assert page.status == 403
    assert "deny_blocked_users" in hub.log.lines_with(reference_on(page, hub))[0]
    hub.authenticator.deny_blocked_users = False
    await signs_in(hub, "Alice")


@pytest.mark.parametrize("fault", ["blocked-missing", "blocked-string", "blocked-null"])
async def test_a_wiki_that_does_not_say_who_is_blocked(hub_at_wiki: Start, wiki: FakeMediaWiki, fault: str) -> None:
    """A user is not let in because something is unknown."""
    hub = await hub_at_wiki()
    wiki.faults.on(fault)
    assert (await hub.browser().login("Alice")).status == 403
    hub.authenticator.deny_blocked_users = False
    await signs_in(hub, "Alice")


async def test_a_wiki_that_does_not_identify_the_blocked(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    """With $wgBlockDisablesLogin the wiki says it by an error: the session ends, whatever `deny_blocked_users` says."""
    hub = await hub_at_wiki(enable_auth_state=True, user_data_max_age=0, deny_blocked_users=False)
    browser = await signs_in(hub, "Alice")
    wiki.block_disables_login = True
    wiki.block("Alice")
    assert not await stays(hub, browser, "Alice")


@WAYS
async def test_administrators_by_the_wiki_s_groups(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    way: dict[str, str],
) -> None:
    hub = await hub_at_wiki(
        enable_auth_state=True, user_data_max_age=0, admin_wiki_groups={"sysop"}, manage_groups=True, **way
    )
    browser = await signs_in(hub, "Alice")
    assert hub.accounts() == {"Alice": True}
    assert "bureaucrat" in {group.name for group in hub.app.users["Alice"].groups}
    wiki.users["Alice"].groups.remove("sysop")
    assert await stays(hub, browser, "Alice")
    assert hub.accounts() == {"Alice": False}
    assert "sysop" not in {group.name for group in hub.app.users["Alice"].groups}


@pytest.mark.parametrize(
    ("registered", "old_enough"), [(None, True), ("20190304050607", True), ("2019", False), (20190304050607, True)]
)
async def test_the_age_of_an_account(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    registered: object,
    old_enough: bool,
) -> None:
    """None means an account from before the wiki stored such dates. A value that is not a date gives no age."""
    wiki.users["Alice"].registered = registered  # type: ignore[assignment]
    hub = await hub_at_wiki(minimum_account_age_days=30)
    assert (await hub.browser().login("Alice")).status == (200 if old_enough else 403)


# --- whose account it is ---------------------------------------------------------------------------------------------


@WAYS
async def test_an_old_name_gives_nobody_its_servers(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    way: dict[str, str],
) -> None:
    hub = await hub_at_wiki(enable_auth_state=True, **way)
    await signs_in(hub, "Alice")
    wiki.rename("Alice", "Alice Renamed")
    wiki.users["Alice"] = WikiUser(99, "Alice")
    page = await hub.browser().login("Alice")
    assert page.status == 409
    await signs_in(hub, "Alice Renamed")
    assert hub.accounts() == {"Alice": False, "Alice_Renamed": False}


async def test_the_number_0_is_nobody_s(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    """Accounts that are not attached to the wiki farm's central ones all have it: it distinguishes no accounts."""
    hub = await hub_at_wiki(enable_auth_state=True)
    wiki.users["Alice"].id = 0
    await signs_in(hub, "Alice")
    assert (await hub.auth_state("Alice") or {})["suite"]["subject"] is None


# --- refresh ---------------------------------------------------------------------------------------------------------


@WAYS
async def test_revoked_at_the_wiki(hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str]) -> None:
    hub = await hub_at_wiki(enable_auth_state=True, user_data_max_age=0, **way)
    browser = await signs_in(hub, "Alice")
    assert await stays(hub, browser, "Alice")
    wiki.revoke("Alice")
    assert not await stays(hub, browser, "Alice")
    await signs_in(hub, "Alice", browser)


async def test_an_old_release_says_revoked_in_its_own_way(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    """``invalid_request`` with status 401, where RFC 6749 §5.2 has ``invalid_grant``."""
    wiki.old_release = True
    hub = await hub_at_wiki(enable_auth_state=True, user_data_max_age=0, **OAUTH_2)
    browser = await signs_in(hub, "Alice")
    wiki.revoke("Alice")
    assert not await stays(hub, browser, "Alice")


@OAUTH_1
@pytest.mark.parametrize("fault", ["identify-error", "identify-page", "nonce-wrong"])
async def test_trouble_of_the_wiki_s_own_is_no_logout(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    way: dict[str, str],
    fault: str,
) -> None:
    """An answer that is none, or an error about something else than the user: they stay, and are asked about again."""
    hub = await hub_at_wiki(enable_auth_state=True, user_data_max_age=0, **way)
    browser = await signs_in(hub, "Alice")
    wiki.faults.on(fault)
    stayed = await stays(hub, browser, "Alice")
    assert stayed is (fault != "nonce-wrong")  # which is an answer to another user's question


async def test_tokens_of_the_other_version_ask_for_a_login(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    """After a change of `oauth_version`, the stored login is not used: one new login, and no error."""
    hub = await hub_at_wiki(enable_auth_state=True, user_data_max_age=0)
    browser = await signs_in(hub, "Alice")
    user = hub.app.users["Alice"]
    auth_state = await user.get_auth_state()
    kept = {key: auth_state[key] for key in ("MEDIAWIKI_USER_IDENTITY", "suite")}
    await user.save_auth_state({**kept, "access_token": "of-oauth-2", "refresh_token": None, "token_response": {}})
    assert not await stays(hub, browser, "Alice")
    assert not hub.log.tracebacks()


# --- a wiki in trouble -----------------------------------------------------------------------------------------------


@OAUTH_1
async def test_fifty_logins_at_a_wiki_that_never_answers(
    hub_at_wiki: Start,
    wiki: FakeMediaWiki,
    way: dict[str, str],
) -> None:
    """All end with a page that says so. The Hub continues meanwhile, and the threads are free again afterwards."""
    hub = (
        await hub_at_wiki(provider_timeout=3.0, executor_threads=4, **way)
        if way is LIBRARY
        else await hub_at_wiki(provider_timeout=3.0, **way)
    )
    wiki.faults.on("F1", at="initiate")
    browsers = [hub.browser() for _ in range(50)]
    logins = asyncio.gather(*(browser.login("Alice") for browser in browsers))
    await wiki.until_asked("initiate", 4)
    assert (await hub.browser().get("/hub/health")).status == 200
    for page in await logins:
        assert page.status == 504, page.text[:300]
        reference_on(page, hub)
    wiki.faults.off()
    wiki.released.set()
    await signs_in(hub, "Alice")


@WAYS
async def test_the_user_agent(hub_at_wiki: Start, wiki: FakeMediaWiki, way: dict[str, str]) -> None:
    """Wikimedia refuses requests without a contact in the user agent. Each kind of request has ours."""
    wiki.demands_user_agent = True
    hub = await hub_at_wiki(user_agent="hub.example.org/1.0 (admin@example.org)", **way)
    await signs_in(hub, "Alice")
    ours = [
        call for call in wiki.calls if call.endpoint in ("initiate", "token", "identify", "oauth2_token", "profile")
    ]
    assert {call.headers["user-agent"] for call in ours} == {"hub.example.org/1.0 (admin@example.org)"}


# --- start-up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "says"),
    [
        ({"mw_index_url": "https://wiki.example/wiki/Main_Page"}, "index.php"),
        ({"client_secret": ""}, "client_secret"),
        ({"scope": ["openid"]}, "scope has no meaning here"),
        ({"authorize_url": "https://wiki.example/authorize"}, "authorize_url has no meaning here"),
        ({"revoke_tokens_on_logout": True}, "revoke_tokens_on_logout has no meaning here"),
        ({"oauth_version": "2.0", "handshaker": "mwoauth"}, "handshaker has no meaning here"),
        ({"oauth_version": "2.0", "send_callback_url": True}, "send_callback_url has no meaning here"),
    ],
)
async def test_an_option_that_would_do_nothing_stops_the_start(
    hub_at_wiki: Start,
    traits: dict[str, object],
    says: str,
) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart), match=says):
        await hub_at_wiki(**traits)


async def test_endpoints_of_oauth_2(hub_at_wiki: Start, wiki: FakeMediaWiki) -> None:
    """They follow from `mw_index_url`. An option that is set takes precedence."""
    hub = await hub_at_wiki(**OAUTH_2, userdata_url=f"{wiki.rest_url}/oauth2/resource/profile?format=json")
    assert hub.authenticator.authorize_url == f"{wiki.rest_url}/oauth2/authorize"
    assert hub.authenticator.token_url == f"{wiki.rest_url}/oauth2/access_token"
    assert hub.authenticator.userdata_url.endswith("?format=json")


def test_the_wiki_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MWOAuthenticator().mw_index_url == "https://meta.wikimedia.org/w/index.php"
    monkeypatch.setenv("MW_INDEX_URL", "https://wiki.example/index.php")
    assert MWOAuthenticator().mw_index_url == "https://wiki.example/index.php"


def test_wikimedia_wants_a_contact(caplog: pytest.LogCaptureFixture) -> None:
    for agent, warned in (("", True), ("hub/1.0 (https://hub.example.org)", False)):
        caplog.clear()
        MWOAuthenticator(
            client_id="k" * 32, client_secret="s" * 40, user_agent=agent or MWOAuthenticator().user_agent
        ).check_configuration()
        assert ("has no contact address" in caplog.text) is warned
