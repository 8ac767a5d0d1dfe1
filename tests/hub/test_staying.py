"""What a refresh is made of: reading what is kept, waiting only for what must be waited for, telling only what is new."""

import asyncio
import concurrent.futures
import time
from itertools import pairwise

import pytest
from jupyterhub import orm
from jupyterhub.crypto import CryptKeeper

from oauthenticator_suite.hub.accounts.account_sync import HAS_PROFILES, anything_new
from oauthenticator_suite.hub.accounts.auth_state import AT_ONCE, kept_auth_state
from oauthenticator_suite.hub.maybe_await import result_of
from oauthenticator_suite.hub.resilience.loop_pacing import Pace, calm
from oauthenticator_suite.hub.resilience.outage_clock import SEPARATE_AFTER, OutageClock
from tests.support import Time, refreshes_ended


def at_once(coroutine):
    """What a coroutine returns that waits for nothing."""
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    return ended.value.value


# --- waiting ---------------------------------------------------------------------------------------------------------


async def told(value):
    return value


@pytest.mark.parametrize("value", [None, 0, "text", {"a": 1}])
def test_result_of_what_is_not_awaited(value):
    assert at_once(result_of(value)) == value


def test_result_of_a_coroutine_that_need_not_wait():
    assert at_once(result_of(told(7))) == 7


async def test_result_of_what_comes_later():
    soon = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(soon.set_result, 1)
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        assert [await result_of(soon), await result_of(threads.submit(lambda: 2))] == [1, 2]
        with pytest.raises(ZeroDivisionError):
            await result_of(threads.submit(lambda: 1 / 0))


async def test_young_data_and_a_long_line_hold_no_page_up(hub_at_provider, provider):
    """BEHAVIOUR 2.5: such a page is one step of the event loop, like one that is not due at all."""
    hub = await hub_at_provider(enable_auth_state=True, manage_groups=True, scope=["openid", "profile", "groups"])
    await hub.browser().login("alice")
    user, refresher = hub.app.users["alice"], hub.authenticator.refresher
    asked = provider.count("userinfo")
    assert at_once(hub.authenticator.refresh_user(user)) is True

    hub.authenticator.user_data_max_age = 0
    others = {f"user{number}": None for number in range(2 * refresher._at_once)}
    refresher._runs.update(others)
    assert at_once(hub.authenticator.refresh_user(user)) is True
    for name in others:
        del refresher._runs[name]
    await refreshes_ended(hub.authenticator)
    assert provider.count("userinfo") == asked + 1


async def test_so_many_go_on_at_each_turn_of_the_loop():
    pace, gone = Pace(3), []

    async def page(number):
        step = pace.step()
        if step is not None:
            await step
        gone.append(number)

    pages = [asyncio.ensure_future(page(number)) for number in range(12)]
    counts = [0]
    while len(gone) < 11:
        await asyncio.sleep(0)  # one turn of the loop
        pages[7].cancel()  # whose place is the next one's
        counts.append(len(gone))
    assert gone == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11]
    assert max(after - before for before, after in pairwise(counts)) == 3
    for _ in range(3):
        await asyncio.sleep(0)
    assert [pace.step() for _ in range(3)] == [None] * 3, "after a pause it begins anew"


async def test_calm_is_when_a_turn_of_the_loop_is_not_long(monkeypatch):
    monkeypatch.setattr("oauthenticator_suite.hub.resilience.loop_pacing.LONG", 0.05)
    turns = []

    def long_turn():
        time.sleep(0.06)
        turns.append(len(turns))
        if len(turns) < 3:
            asyncio.get_running_loop().call_soon(long_turn)

    asyncio.get_running_loop().call_soon(long_turn)
    await calm()
    assert turns == [0, 1, 2]


async def test_a_loop_that_never_becomes_calm_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr("oauthenticator_suite.hub.resilience.loop_pacing.LONG", 0.0)
    monkeypatch.setattr("oauthenticator_suite.hub.resilience.loop_pacing.CALM_WITHIN", 0.05)
    await asyncio.wait_for(calm(), 30)


@pytest.mark.parametrize("grace", [3600, 0])
@pytest.mark.parametrize("held_up", [True, False])
async def test_a_long_turn_of_the_loop_is_no_outage_of_the_provider(
    hub_at_provider, provider, monkeypatch, held_up, grace
):
    """The Hub has been busy for longer than `provider_timeout`: what the provider said was there, and nobody read it."""
    monkeypatch.setattr("oauthenticator_suite.hub.resilience.loop_pacing.LONG", 0.5)
    traits = {"user_data_max_age": 0, "provider_timeout": 1, "refresh_outage_grace": grace}
    hub = await hub_at_provider(enable_auth_state=True, **traits)
    await hub.browser().login("alice")
    asked = provider.count("userinfo")
    provider.faults.on("F1", at="userinfo")
    answer = asyncio.ensure_future(hub.authenticator.refresh_user(hub.app.users["alice"]))
    await provider.until_asked("userinfo", asked + 1)
    if held_up:
        asyncio.get_running_loop().call_soon(time.sleep, 1.2)
    assert await answer is (held_up or grace > 0)
    provider.released.set()
    assert bool(hub.log.lines_with("The provider does not answer")) is not held_up
    assert hub.authenticator.refresher.breaker.open is not held_up


async def test_what_is_not_heard_time_and_again_counts_as_no_answer(hub_at_provider, provider, monkeypatch):
    """However much later the next one is; and an answer that is heard lets it begin anew."""
    monkeypatch.setattr("oauthenticator_suite.hub.resilience.loop_pacing.LONG", 0.5)
    traits = {"user_data_max_age": 0, "provider_timeout": 1, "refresh_outage_grace": 0}
    hub = await hub_at_provider(enable_auth_state=True, **traits)
    passing = Time(hub)
    for name in ("alice", "bob"):
        assert (await hub.browser().login(name)).status == 200

    async def unheard():
        passing.passes(600)
        provider.faults.on("F1", at="userinfo")
        asked = provider.count("userinfo")
        answer = asyncio.ensure_future(hub.authenticator.refresh_user(hub.app.users["alice"]))
        await provider.until_asked("userinfo", asked + 1)
        asyncio.get_running_loop().call_soon(time.sleep, 1.2)
        told = await answer
        provider.released.set()
        provider.faults.off()
        provider.released.clear()
        return bool(told)

    async def heard(name):
        passing.passes(60)
        return bool(await hub.authenticator.refresh_user(hub.app.users[name]))

    monkeypatch.setattr("oauthenticator_suite.hub.refresh.refresher.UNHEARD", 2)
    assert [await unheard(), await heard("bob"), await unheard(), await heard("alice")] == [True] * 4
    assert [await unheard() for _ in range(3)] == [True, True, False]


def test_an_outage_is_timed_from_its_first_failure_and_a_later_one_is_another_outage():
    now = [0.0]
    outages = OutageClock(lambda: now[0])

    def failed_at(moment, name="alice", **grace):
        now[0] = moment
        return outages.failed(name, **grace)

    assert [failed_at(100), failed_at(130), failed_at(131, "bob")] == [0, 30, 0]
    assert failed_at(100 + SEPARATE_AFTER + 50) == SEPARATE_AFTER + 50
    now[0] += 10
    outages.answered("bob")
    assert failed_at(now[0] + SEPARATE_AFTER - 11) > SEPARATE_AFTER, "too soon after the last failure for a new outage"
    assert failed_at(now[0] + SEPARATE_AFTER) > 2 * SEPARATE_AFTER, "no answer about any user since"
    now[0] += 1
    outages.answered("bob")
    assert failed_at(now[0] + SEPARATE_AFTER) == 0, "another outage: there was an answer about another user"
    outages.answered("alice")
    assert failed_at(now[0] + 5) == 0
    now[0] += 1
    outages.answered("bob")
    assert failed_at(now[0] + 60, grace=60) == 0, "a user away for the whole grace period has it again"
    outages.forget("alice")
    assert failed_at(now[0] + 1) == 0


def test_finished_outages_take_no_memory():
    now = [0.0]
    outages = OutageClock(lambda: now[0])
    for number in range(1000):
        outages.failed(f"user-{number}")
    now[0] += 1
    outages.answered("alice")
    now[0] += SEPARATE_AFTER
    assert outages.failed("bob") == 0
    assert len(outages._outages) == 1


# --- what is kept ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def user(hub_at_provider):
    hub = await hub_at_provider(enable_auth_state=True)
    await hub.browser().login("alice")
    return hub.app.users["alice"]


@pytest.fixture
def keeper(user):
    keeper = CryptKeeper.instance()
    before = keeper.keys
    yield keeper
    keeper.keys = before


async def test_what_is_kept_is_read_at_once(user):
    assert at_once(kept_auth_state(user)) == await user.get_auth_state() != {}


async def test_nothing_is_kept(user):
    await user.save_auth_state(None)
    assert at_once(kept_auth_state(user)) is None


async def test_what_is_large_is_left_to_the_threads_of_the_hub(user):
    large = {"access_token": "x" * AT_ONCE}
    await user.save_auth_state(large)
    assert await kept_auth_state(user) == large


async def test_with_two_keys_the_hub_renews_what_the_old_one_has_encrypted(user, keeper):
    before, encrypted = await user.get_auth_state(), user.encrypted_auth_state
    keeper.keys = [b"n" * 32, *keeper.keys]
    assert await kept_auth_state(user) == before
    assert user.encrypted_auth_state != encrypted
    keeper.keys = keeper.keys[:1]
    assert await kept_auth_state(user) == before


@pytest.mark.parametrize("encrypted", [b"", b"garbage", b"gAAAA"])
async def test_what_cannot_be_read_counts_as_nothing(user, encrypted, caplog):
    user.encrypted_auth_state = encrypted
    assert await kept_auth_state(user) is None


async def test_without_a_key(user, keeper):
    keeper.keys = []
    assert await kept_auth_state(user) is None


# --- what is new -----------------------------------------------------------------------------------------------------

SAME = {"name": "alice", "admin": None, "groups": ["staff"]}


@pytest.fixture
async def known(hub_at_provider):
    """`authenticator, user`: alice, who is of the group staff, and no administrator."""
    hub = await hub_at_provider(enable_auth_state=True, manage_groups=True, scope=["openid", "profile", "groups"])
    await hub.browser().login("alice")
    user = hub.app.users["alice"]
    user.sync_groups(["staff"])
    return hub.authenticator, user


@pytest.mark.parametrize(
    "model", [SAME, {**SAME, "admin": False}, {**SAME, "groups": None}, {**SAME, "groups": {"staff"}}], ids=str
)
async def test_nothing_is_new(known, model):
    assert not anything_new(*known, model)


@pytest.mark.parametrize(
    "model",
    [{**SAME, "admin": True}, {**SAME, "groups": []}, {**SAME, "groups": ["staff", "more"]}, {"name": "alice"}],
    ids=str,
)
async def test_something_is_new(known, model):
    """Also that groups are missing: the Hub says what is wrong with that."""
    assert anything_new(*known, model)


async def test_a_role_that_is_missing_is_new(known):
    authenticator, user = known
    user.roles.remove(orm.Role.find(user.db, "user"))
    assert anything_new(authenticator, user, SAME)


async def test_managed_roles_are_always_told(known):
    authenticator, user = known
    authenticator.manage_roles = True
    assert anything_new(authenticator, user, SAME)


@pytest.mark.skipif(not HAS_PROFILES, reason="JupyterHub 5 keeps no profile")
async def test_a_profile(known):
    authenticator, user = known
    user.user_info = {"name": "Alice"}
    assert not anything_new(authenticator, user, {**SAME, "user_info": {"name": "Alice"}})
    assert anything_new(authenticator, user, {**SAME, "user_info": {"name": "Alison"}})


async def test_without_managed_groups_those_of_the_model_do_not_count(known):
    authenticator, user = known
    authenticator.manage_groups = False
    assert not anything_new(authenticator, user, {**SAME, "groups": ["others"]})
