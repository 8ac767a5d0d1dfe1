"""The parts of a refresh: reading stored data, waiting only where it is needed, writing only what has changed."""

import asyncio
import concurrent.futures
from itertools import pairwise

import pytest
from jupyterhub import orm
from jupyterhub.crypto import CryptKeeper

from oauthenticator_suite.errors import HookError, UnreadableRecord
from oauthenticator_suite.hub.accounts.account_sync import HAS_PROFILES, write_rights
from oauthenticator_suite.hub.accounts.auth_state import MAX_INLINE, kept_auth_state
from oauthenticator_suite.hub.maybe_await import result_of
from oauthenticator_suite.hub.resilience.loop_pacing import LoopPacing
from oauthenticator_suite.hub.resilience.outage_clock import SEPARATE_AFTER, OutageClock
from tests.support import refreshes_ended
from tests.support.database import counting

pytestmark = pytest.mark.hub_versions


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
    """Such a page is one step of the event loop, like a page without a due refresh."""
    hub = await hub_at_provider(enable_auth_state=True, manage_groups=True, scope=["openid", "profile", "groups"])
    await hub.browser().login("alice")
    user, refresher = hub.app.users["alice"], hub.authenticator.refresher
    asked = provider.count("userinfo")
    assert at_once(hub.authenticator.refresh_user(user)) is True

    hub.authenticator.user_data_max_age = 0
    others = {f"user{number}": None for number in range(2 * refresher._max_runs)}
    refresher._runs.update(others)
    assert at_once(hub.authenticator.refresh_user(user)) is True
    for name in others:
        del refresher._runs[name]
    await refreshes_ended(hub.authenticator)
    assert provider.count("userinfo") == asked + 1


async def test_so_many_go_on_at_each_turn_of_the_loop():
    pacing, gone = LoopPacing(3), []

    async def page(number):
        turn = pacing.turn()
        if turn is not None:
            await turn
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
    assert [pacing.turn() for _ in range(3)] == [None] * 3, "after a pause it begins anew"


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
    large = {"access_token": "x" * MAX_INLINE}
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
async def test_what_cannot_be_read_is_an_error(user, encrypted, caplog):
    """It does not count as absent: whose account it is, is unknown."""
    user.encrypted_auth_state = encrypted
    with pytest.raises(UnreadableRecord, match="JUPYTERHUB_CRYPT_KEY"):
        await kept_auth_state(user)


async def test_without_a_key(user, keeper):
    keeper.keys = []
    with pytest.raises(UnreadableRecord):
        await kept_auth_state(user)


async def test_data_of_the_first_key_are_not_written_again(user, keeper):
    keeper.keys = [*keeper.keys, b"n" * 32]
    encrypted = user.encrypted_auth_state
    await kept_auth_state(user)
    assert user.encrypted_auth_state is encrypted


# --- what is new -----------------------------------------------------------------------------------------------------

SAME = {"name": "alice", "admin": None, "groups": ["staff"]}


@pytest.fixture
async def known(hub_at_provider):
    """`hub, user`: alice, a member of the group staff, and not an administrator."""
    hub = await hub_at_provider(enable_auth_state=True, manage_groups=True, scope=["openid", "profile", "groups"])
    await hub.browser().login("alice")
    user = hub.app.users["alice"]
    user.sync_groups(["staff"])
    user.db.commit()
    return hub, user


def writes(known, model):
    """The statements, other than reads, with which `model` is written."""
    hub, user = known
    with counting(hub) as database:
        write_rights(hub.authenticator, user, model)
    return [statement.sql for statement in database.statements if not statement.sql.startswith("SELECT")]


@pytest.mark.parametrize(
    "model", [SAME, {**SAME, "admin": False}, {**SAME, "groups": None}, {**SAME, "groups": {"staff"}}], ids=str
)
async def test_a_model_without_news_writes_nothing(known, model):
    assert writes(known, model) == []


@pytest.mark.parametrize(
    "model", [{**SAME, "admin": True}, {**SAME, "groups": []}, {**SAME, "groups": ["staff", "more"]}], ids=str
)
async def test_news_are_written(known, model):
    _, user = known
    assert writes(known, model)
    assert user.admin is (model["admin"] is True)
    assert [group.name for group in user.groups] == model["groups"]


async def test_a_model_without_groups_is_refused_where_groups_are_managed(known):
    with pytest.raises(HookError, match="manage_groups"):
        writes(known, {"name": "alice"})


async def test_a_missing_default_role_is_written(known):
    _, user = known
    user.roles.remove(orm.Role.find(user.db, "user"))
    assert writes(known, SAME)
    assert "user" in [role.name for role in user.roles]


@pytest.mark.skipif(not HAS_PROFILES, reason="JupyterHub 5 keeps no profile")
async def test_a_profile_is_written_when_it_has_changed(known):
    _, user = known
    user.user_info = {"name": "Alice"}
    user.db.commit()
    assert writes(known, {**SAME, "user_info": {"name": "Alice"}}) == []
    assert writes(known, {**SAME, "user_info": {"name": "Alison"}})
    assert user.user_info == {"name": "Alison"}


async def test_without_managed_groups_those_of_the_model_do_not_count(known):
    hub, _ = known
    hub.authenticator.manage_groups = False
    assert writes(known, {**SAME, "groups": ["others"]}) == []
