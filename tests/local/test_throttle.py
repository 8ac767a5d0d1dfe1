"""Failures slow down, nobody is shut out, and what is remembered is bounded."""

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


def test_the_first_failures_cost_nothing_and_then_each_answer_takes_longer(throttle):
    assert [fail(throttle) for _ in range(10)] == [1, 1, 1, 1, 1, 2, 4, 8, MAX_DELAY, MAX_DELAY]


def test_a_pair_with_too_many_failures_waits_and_is_never_shut(throttle, clock):
    for _ in range(PAIR_FREE):
        fail(throttle)
    assert 0 < refused(throttle) <= PAIR_EVERY
    clock.now += PAIR_EVERY
    assert not refused(throttle)
    fail(throttle)
    assert refused(throttle)
    clock.now += PAIR_EVERY * PAIR_FREE
    assert fail(throttle) == 1


def test_attempts_at_once_are_counted_before_they_end(throttle):
    begun = [throttle.begin("ada", HERE) for _ in range(PAIR_FREE)]
    assert refused(throttle)
    begun[0].dropped()
    assert not refused(throttle)


def test_a_right_password_begins_anew(throttle):
    for _ in range(PAIR_FREE - 1):
        fail(throttle)
    throttle.begin("ada", HERE).succeeded()
    assert fail(throttle) == 1


def test_other_names_and_other_addresses_are_not_concerned(throttle):
    for _ in range(PAIR_FREE):
        fail(throttle)
    assert refused(throttle)
    assert not refused(throttle, name="bob")
    assert not refused(throttle, address="192.0.2.2")


def test_a_name_under_attack_from_everywhere_has_one_try_from_anywhere(throttle, clock):
    """SECURITY scenarios: lockout per account and per address that cannot lock a victim out for good."""
    for number in range(NAME_FREE):
        fail(throttle, address=f"198.51.100.{number}")
    assert not refused(throttle, address="203.0.113.7")
    fail(throttle, address="203.0.113.7")
    assert 0 < refused(throttle, address="203.0.113.7") <= CAREFUL_EVERY
    clock.now += CAREFUL_EVERY
    assert not refused(throttle, address="203.0.113.7")


def test_a_known_browser_is_not_concerned_by_what_others_do(throttle):
    for _ in range(PAIR_FREE):
        fail(throttle)  # from the very address
    for number in range(NAME_FREE):
        fail(throttle, address=f"198.51.100.{number}")
    assert refused(throttle)
    for _ in range(PAIR_FREE):
        assert not refused(throttle, browser="b1")
        fail(throttle, browser="b1")
    assert refused(throttle, browser="b1")


def test_an_address_that_tries_many_names_has_one_try_at_each(throttle):
    for number in range(ADDRESS_FREE):
        fail(throttle, name=f"user{number}")
    assert refused(throttle, name="user3")
    assert not refused(throttle, name="somebody else")
    assert not refused(throttle, name="user3", address="192.0.2.2")


def test_a_careful_pair_has_one_try_also_at_once(throttle):
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
def test_which_addresses_are_one(throttle, one, other, same):
    for _ in range(PAIR_FREE):
        fail(throttle, address=one)
    assert bool(refused(throttle, address=other)) is same


def test_names_and_addresses_do_not_run_together(throttle):
    for _ in range(PAIR_FREE):
        fail(throttle, name="ab", address="c")
    assert not refused(throttle, name="b", address="ca")
    assert not refused(throttle, name="c", address="ab")
    assert not refused(throttle, name="ab", browser="c")


def test_whose_turn_it_is(throttle):
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


def test_what_is_remembered_is_bounded(throttle, monkeypatch):
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
def test_whatever_happens_waiting_ends_and_is_enough(steps):
    """Who waits as long as they are told may try; and nobody is ever told to wait for longer than the stated time."""
    clock = Clock()
    throttle = Throttle(clock)
    for name, address, browser, end, seconds in steps:
        wait = refused(throttle, name, address, browser)
        assert wait <= max(CAREFUL_EVERY, PAIR_EVERY)
        clock.now += wait
        getattr(throttle.begin(name, address, browser), end)()
        clock.now += seconds
    assert throttle._under_way == {}
