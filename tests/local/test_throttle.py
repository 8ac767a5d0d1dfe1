"""Throttling: failures slow attempts down, no user is locked out, and memory is bounded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauthenticator_suite.errors import TooManyAttempts
from oauthenticator_suite.local.forms import throttle as module
from oauthenticator_suite.local.forms.throttle import (
    ADDRESS_FREE,
    CAREFUL_EVERY,
    CROWD,
    MAX_DELAY,
    NAME_FREE,
    PAIR_EVERY,
    PAIR_FREE,
    UNDELAYED,
    Throttle,
)

HERE = "192.0.2.1"


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return Throttle(clock)


def fail(throttle, name="ada", address=HERE, browser=""):
    return throttle.begin(name, address, browser).failed()


def refused(throttle, name="ada", address=HERE, browser=""):
    try:
        throttle.begin(name, address, browser).dropped()
    except TooManyAttempts as error:
        return error.retry_after
    return 0


def test_answers_take_longer_after_the_first_failures(throttle):
    assert [fail(throttle) for _ in range(10)] == [1, 1, 1, 1, 1, 2, 4, 8, MAX_DELAY, MAX_DELAY]


def test_a_pair_with_too_many_failures_waits_and_is_never_locked_out(throttle, clock):
    for _ in range(PAIR_FREE):
        fail(throttle)
    assert 0 < refused(throttle) <= PAIR_EVERY
    clock.now += PAIR_EVERY
    assert not refused(throttle)
    fail(throttle)
    assert refused(throttle)
    clock.now += PAIR_EVERY * PAIR_FREE
    assert fail(throttle) == 1


def test_attempts_under_way_are_counted(throttle):
    begun = [throttle.begin("ada", HERE) for _ in range(PAIR_FREE)]
    assert refused(throttle)
    begun[0].dropped()
    assert not refused(throttle)


def test_a_right_password_resets_the_failures_of_the_pair(throttle):
    for _ in range(PAIR_FREE - 1):
        fail(throttle)
    throttle.begin("ada", HERE).succeeded()
    assert fail(throttle) == 1


def test_other_names_and_addresses_are_not_slowed_down(throttle):
    for _ in range(PAIR_FREE):
        fail(throttle)
    assert refused(throttle)
    assert not refused(throttle, name="bob")
    assert not refused(throttle, address="192.0.2.2")


def test_a_name_that_is_attacked_from_many_addresses_has_one_attempt_from_each(throttle, clock):
    """Limits per account and per address must not lock the attacked user out."""
    for number in range(NAME_FREE):
        fail(throttle, address=f"198.51.100.{number}")
    assert not refused(throttle, address="203.0.113.7")
    fail(throttle, address="203.0.113.7")
    assert 0 < refused(throttle, address="203.0.113.7") <= CAREFUL_EVERY
    clock.now += CAREFUL_EVERY
    assert not refused(throttle, address="203.0.113.7")


def test_a_known_browser_is_not_slowed_down_by_others(throttle):
    for _ in range(PAIR_FREE):
        fail(throttle)  # from the same address
    for number in range(NAME_FREE):
        fail(throttle, address=f"198.51.100.{number}")
    assert refused(throttle)
    for _ in range(PAIR_FREE):
        assert not refused(throttle, browser="b1")
        fail(throttle, browser="b1")
    assert refused(throttle, browser="b1")


def test_an_address_that_tries_many_names_has_one_attempt_for_each(throttle):
    for number in range(ADDRESS_FREE):
        fail(throttle, name=f"user{number}")
    assert refused(throttle, name="user3")
    assert not refused(throttle, name="another user")
    assert not refused(throttle, name="user3", address="192.0.2.2")


def test_a_limited_pair_has_one_attempt_at_a_time(throttle):
    for number in range(ADDRESS_FREE):
        fail(throttle, name=f"user{number}")
    attempt = throttle.begin("ada", HERE)
    assert refused(throttle) == CAREFUL_EVERY
    attempt.succeeded()
    assert not refused(throttle)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("not an address", "not an address", True),
        ("", "192.0.2.1", False),
    ],
)
def test_addresses_that_count_as_one(throttle, one, other, same):
    for _ in range(PAIR_FREE):
        fail(throttle, address=one)
    assert bool(refused(throttle, address=other)) is same


def test_keys_do_not_mix_up_names_and_addresses(throttle):
    for _ in range(PAIR_FREE):
        fail(throttle, name="ab", address="c")
    assert not refused(throttle, name="b", address="ca")
    assert not refused(throttle, name="c", address="ab")
    assert not refused(throttle, name="ab", browser="c")


def test_the_order_in_the_queue(throttle):
    known = throttle.begin("ada", HERE, "b1")
    fresh = throttle.begin("bob", HERE)
    for _ in range(UNDELAYED):
        fail(throttle, "carol")
    failing = throttle.begin("carol", HERE)
    crowd = [throttle.begin(f"user{number}", "192.0.2.2") for number in range(CROWD)]
    assert sorted([failing, crowd[0], fresh, known], key=lambda attempt: attempt.priority.rank) == [
        known,
        fresh,
        crowd[0],
        failing,
    ]


def test_memory_is_bounded(throttle, monkeypatch):
    monkeypatch.setattr(module, "MAX_KEYS", 50)
    for number in range(200):
        fail(throttle, name=f"user{number}" * 1000, address=f"10.0.0.{number}")
    for failures in (throttle._pairs, throttle._names, throttle._addresses):
        assert len(failures) == 50
        assert all(len(key) == 16 for key in failures._entries)
    assert throttle._under_way == {}


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ada", "bob"]),
            st.sampled_from([HERE, "192.0.2.9"]),
            st.sampled_from(["", "b"]),
            st.sampled_from(["failed", "succeeded", "dropped"]),
            st.floats(0, 200),
        ),
        max_size=120,
    )
)
def test_after_the_stated_time_an_attempt_is_allowed(steps):
    """An attempt after `retry_after` seconds is allowed, and `retry_after` has an upper limit."""
    clock = Clock()
    throttle = Throttle(clock)
    for name, address, browser, end, seconds in steps:
        wait = refused(throttle, name, address, browser)
        assert wait <= max(CAREFUL_EVERY, PAIR_EVERY)
        clock.now += wait
        getattr(throttle.begin(name, address, browser), end)()
        clock.now += seconds
    assert throttle._under_way == {}
