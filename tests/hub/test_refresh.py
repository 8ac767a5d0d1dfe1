"""Refreshing signed-in users, through a real Hub: asked when due, kept in an outage, checked again each time."""

import asyncio

import pytest

from tests.support import Time, check_invariants, refresh_is_due, refreshes_ended

pytestmark = pytest.mark.hub_versions

OFFLINE = {"enable_auth_state": True, "scope": ["openid", "profile", "email", "groups"], "manage_groups": True}


@pytest.fixture
def signed_in(hub_at_provider):
    """`hub, browser = await signed_in(**traits)`: alice, whose data fall due at each refresh of the Hub's."""

    async def start(**traits):
        hub = await hub_at_provider(**{**OFFLINE, "user_data_max_age": 0, **traits})
        browser = hub.browser()
        assert (await browser.login("alice")).status == 200
        refresh_is_due(hub)
        return hub, browser

    return start


async def stays(hub, browser):
    refresh_is_due(hub)
    return (await browser.get("/hub/home")).status == 200


async def test_without_auth_state_there_is_nothing_to_refresh(hub_at_provider, provider):
    hub = await hub_at_provider()
    browser = hub.browser()
    await browser.login("alice")
    asked = len(provider.calls)
    assert await stays(hub, browser)
    assert len(provider.calls) == asked


async def test_claims_groups_and_admin_follow(signed_in, provider):
    hub, browser = await signed_in(admin_groups={"hub-admins"})
    assert hub.accounts() == {"alice": True}
    provider.users["alice"]["groups"] = ["visitors"]
    assert await stays(hub, browser)
    assert hub.accounts() == {"alice": False}
    assert [group.name for group in hub.app.users["alice"].groups] == ["visitors"]
    check_invariants(hub, provider, accounts=["alice"])


async def test_young_data_and_a_good_token_ask_nobody(signed_in, provider):
    hub, browser = await signed_in(user_data_max_age=300)
    asked = len(provider.calls)
    assert await stays(hub, browser)
    assert len(provider.calls) == asked


async def test_young_data_are_judged_all_the_same(signed_in, provider):
    hub, browser = await signed_in(user_data_max_age=300)
    hub.authenticator.blocked_users = {"alice"}
    asked = len(provider.calls)
    assert not await stays(hub, browser)
    assert len(provider.calls) == asked
    assert hub.log.lines_with("rule=blocked_users")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"allow_all": True}, {"blocked_users": {"alice"}}),
        ({"allow_all": False, "allowed_users": {"alice"}}, {"allowed_users": set()}),
        ({"allow_all": True}, {"require_verified_email": True}),
        ({"allow_all": True}, {"required_claims": {"acr": "gold"}}),
    ],
    ids=str,
)
async def test_who_may_no_longer_come_in_goes(signed_in, provider, before, after):
    """The Hub's refresh asks neither check_allowed nor check_blocked_users; ours does."""
    hub, browser = await signed_in(**before)
    provider.users["alice"]["email_verified"] = False
    assert await stays(hub, browser)
    for name, value in after.items():
        setattr(hub.authenticator, name, value)
    assert not await stays(hub, browser)
    assert (await browser.login("alice")).status == 403


@pytest.mark.parametrize("down", [False, True])
async def test_administrators_come_and_go_also_on_what_is_known(signed_in, provider, down):
    hub, browser = await signed_in(admin_groups={"hub-admins"}, user_data_max_age=0 if down else 300)
    if down:
        provider.faults.on("F15", at="userinfo")
    for groups, admin in (({"others"}, False), ({"staff"}, True)):
        hub.authenticator.admin_groups = groups
        assert await stays(hub, browser)
        assert hub.accounts() == {"alice": admin}


async def test_losing_every_allowed_group_ends_the_session(signed_in, provider):
    hub, browser = await signed_in(allow_all=False, allowed_groups={"staff"})
    assert await stays(hub, browser)
    provider.users["alice"]["groups"] = ["students"]
    assert not await stays(hub, browser)


async def test_eight_requests_with_an_expired_token_make_one_refresh(signed_in, provider):
    """Rotation with reuse detection; one grant, eight pages, and the next refresh works."""
    provider.access_token_lifetime = 1
    hub, browser = await signed_in()
    before = provider.count("token")
    pages = await asyncio.gather(*(browser.get("/hub/home") for _ in range(8)))
    assert [page.status for page in pages] == [200] * 8
    assert provider.count("token") == before + 1
    assert await stays(hub, browser)
    assert provider.count("token") == before + 2
    check_invariants(hub, provider, accounts=["alice"])


async def test_a_rotated_token_is_saved_before_it_is_used(signed_in, provider):
    provider.access_token_lifetime = 1
    hub, browser = await signed_in()
    old = (await hub.auth_state("alice"))["refresh_token"]
    provider.faults.on("F66-500", at="userinfo")
    assert await stays(hub, browser)
    new = (await hub.auth_state("alice"))["refresh_token"]
    assert new != old
    provider.faults.off()
    hub.authenticator.refresher.breaker.succeeded()
    assert await stays(hub, browser)
    assert not [refusal for refusal in provider.refusals if "refresh" in refusal]


async def test_what_the_provider_does_not_send_again_is_kept(signed_in, provider):
    provider.access_token_lifetime = 1
    hub, browser = await signed_in()
    before = await hub.auth_state("alice")
    provider.faults.on("F39", at="token")
    assert await stays(hub, browser)
    after = await hub.auth_state("alice")
    assert after["id_token"] == before["id_token"]
    assert after["access_token"] != before["access_token"]
    assert after["token_response"]["access_token"] == after["access_token"]


async def test_a_grant_that_is_gone_ends_the_session(signed_in, provider):
    hub, browser = await signed_in()
    provider.revoke_everything()
    page = await browser.get("/hub/home")
    assert page.status == 302
    assert "/hub/login" in page.location
    check_invariants(hub, provider, accounts=["alice"])
    assert (await browser.login("alice")).status == 200


async def test_another_subject_ends_the_session(signed_in, provider):
    """~-refresh-token-invalid-sub, at the userinfo endpoint."""
    hub, browser = await signed_in()
    provider.users["alice"]["sub"] = "somebody-else"
    assert not await stays(hub, browser)
    assert hub.log.lines_with("sub")
    check_invariants(hub, provider, accounts=["alice"])


async def test_a_user_without_auth_state_logs_in_once(signed_in, provider):
    hub, browser = await signed_in()
    await hub.app.users["alice"].save_auth_state(None)
    assert not await stays(hub, browser)
    assert (await browser.login("alice")).status == 200
    assert await stays(hub, browser)


@pytest.mark.parametrize(("answer", "stays_in"), [(True, True), (False, False), (None, True)])
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_refresh_user_hook(signed_in, provider, kind, answer, stays_in):
    async def async_hook(authenticator, user, auth_state):
        return answer

    def sync_hook(authenticator, user, auth_state):
        return answer

    hub, browser = await signed_in(refresh_user_hook=sync_hook if kind == "sync" else async_hook)
    asked = provider.count("userinfo")
    assert await stays(hub, browser) is stays_in
    assert (provider.count("userinfo") > asked) is (answer is None)


async def test_refresh_user_hook_may_give_a_model(signed_in):
    hub, browser = await signed_in(refresh_user_hook=lambda *args: {"groups": ["from-hook"], "name": "x"})
    assert await stays(hub, browser)
    assert [group.name for group in hub.app.users["alice"].groups] == ["from-hook"]


@pytest.mark.parametrize("answer", [True, {"groups": ["from-hook"]}], ids=str)
@pytest.mark.parametrize(
    ("bar", "rule"),
    [({"blocked_users": {"alice"}}, "blocked_users"), ({"required_claims": {"acr": "gold"}}, "required_claims")],
)
async def test_refresh_user_hook_keeps_nobody_in_who_is_barred(signed_in, answer, bar, rule):
    hub, browser = await signed_in(refresh_user_hook=lambda *args: answer, allow_all=False, allowed_users={"alice"})
    hub.authenticator.allowed_users = set()
    assert await stays(hub, browser), "what lets in is the hook's affair"
    for name, value in bar.items():
        setattr(hub.authenticator, name, value)
    assert not await stays(hub, browser)
    assert hub.log.lines_with(f"The session of alice ends: rule={rule}")


async def test_refresh_user_hook_may_give_everybody_the_same_model(signed_in, provider):
    """Each is checked as the user that they are."""
    provider.users["carol"]["email_verified"] = False
    model = {"groups": ["from-hook"]}
    hub, browser = await signed_in(refresh_user_hook=lambda *args: model)
    other = hub.browser()
    assert (await other.login("carol")).status == 200
    hub.authenticator.require_verified_email = True
    assert await stays(hub, browser)
    refresh_is_due(hub, "carol")
    assert (await other.get("/hub/home")).status == 302
    assert model == {"groups": ["from-hook"]}


async def test_what_a_slow_refresh_user_hook_says_is_judged_as_whom_it_speaks_of(signed_in, monkeypatch):
    """It comes too late for its page, and is written down without one."""
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 0.05)
    may_answer = asyncio.Event()

    async def hook(*args):
        await may_answer.wait()
        return {"groups": ["from-hook"]}

    hub, browser = await signed_in(refresh_user_hook=hook, require_verified_email=True)
    time = Time(hub)
    assert (await browser.get("/hub/home")).status == 200
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 300)
    may_answer.set()
    await refreshes_ended(hub.authenticator)
    time.passes(300)
    assert (await browser.get("/hub/home")).status == 200
    assert [group.name for group in hub.app.users["alice"].groups] == ["from-hook"]


@pytest.mark.parametrize("answer", [True, {"groups": ["from-hook"]}], ids=str)
async def test_a_slow_refresh_user_hook_keeps_in_whom_no_rule_lets_in(signed_in, monkeypatch, answer):
    """As a quick one does, but not for a blocked user."""
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 0.05)
    may_answer = asyncio.Event()

    async def hook(*args):
        await may_answer.wait()
        return answer

    hub, browser = await signed_in(refresh_user_hook=hook, allow_all=False, allowed_users={"alice"})
    time = Time(hub)
    assert (await browser.get("/hub/home")).status == 200
    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.MAX_WAIT", 300)
    hub.authenticator.allowed_users = set()
    may_answer.set()
    await refreshes_ended(hub.authenticator)
    before = [group.name for group in hub.app.users["alice"].groups]
    for _ in range(2):  # what came late, and the hook again
        time.passes(300)
        assert (await browser.get("/hub/home")).status == 200
        assert [group.name for group in hub.app.users["alice"].groups] == before
    hub.authenticator.blocked_users = {"alice"}
    time.passes(300)
    assert (await browser.get("/hub/home")).status == 302


async def test_refresh_user_hook_that_raises_asks_for_a_login(signed_in):
    def hook(*args):
        raise RuntimeError("trouble")

    hub, browser = await signed_in(refresh_user_hook=hook)
    page = await browser.get("/hub/home")
    assert page.status == 302
    assert hub.log.lines_with("refresh_user_hook")


async def test_with_user_data_from_the_id_token(signed_in, provider):
    provider.user_claims_in_id_token = True
    provider.access_token_lifetime = 1
    hub, browser = await signed_in(userdata_from_id_token=True)
    asked = provider.count("userinfo")
    provider.users["alice"]["groups"] = ["fresh"]
    assert await stays(hub, browser)
    assert provider.count("userinfo") == asked
    assert [group.name for group in hub.app.users["alice"].groups] == ["fresh"]


async def test_user_data_of_the_id_token_alone_do_not_outlive_the_access_token(signed_in, provider):
    """Without a refresh token and without anybody to ask they would be those of the login forever."""
    provider.user_claims_in_id_token = True
    provider.issue_refresh_tokens = False
    hub, browser = await signed_in(userdata_from_id_token=True)
    time = Time(hub)
    assert await stays(hub, browser)
    time.passes(provider.access_token_lifetime)
    assert not await stays(hub, browser)
    assert hub.log.lines_with("the access token has expired, and there is no refresh token")
    assert (await browser.login("alice")).status == 200


@pytest.mark.parametrize(("times", "stays_in"), [(1, True), (2, False)])
async def test_a_new_token_that_is_refused_is_replaced_once(signed_in, provider, times, stays_in):
    """All access tokens may be revoked between two requests; a refresh token that is still good says that one may stay."""
    provider.access_token_lifetime = 1
    hub, browser = await signed_in()
    before = provider.count("token")
    provider.faults.on("F66-401", at="userinfo", times=times)
    assert await stays(hub, browser) is stays_in
    assert provider.count("token") == before + 2
    assert not [refusal for refusal in provider.refusals if "refresh" in refusal]
    assert (await browser.login("alice")).status == 200
    check_invariants(hub, provider, accounts=["alice"])
