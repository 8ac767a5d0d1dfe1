"""`hub.observe.observers`: every observer gets every fact, and none can change what happens."""

import dataclasses
import logging

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, MultiAuthenticator
from oauthenticator_suite.hub.base import observing
from oauthenticator_suite.hub.observe.facts import FACTS, Fact, LoginBegan
from oauthenticator_suite.hub.observe.observers import Observers

FACT = LoginBegan(provider="github")


def test_every_observer_gets_every_fact_once():
    got = []
    observers = Observers(logging.getLogger("test"))
    observers.add(got.append)
    observers.add(got.append)
    observers.note(FACT)
    assert len(got) == 1


def test_a_failing_observer_keeps_no_other_from_the_fact_and_is_logged_once(caplog):
    def fails(fact):
        raise RuntimeError("broken")

    got = []
    observers = Observers(logging.getLogger("test"))
    observers.add(fails)
    observers.add(got.append)
    observers.note(FACT)
    observers.note(FACT)
    assert got == [FACT, FACT]
    assert [record.getMessage() for record in caplog.records] == ["An observer of logins failed at a LoginBegan"]


def test_a_child_tells_the_observers_of_its_parent():
    options = {"passwords": {"alice": "correct-horse"}}
    entry = {"authenticator_class": DictionaryAuthenticator, "provider": "staff", "config": options}
    of_multi = {"authenticators": [entry], "enable_auth_state": False, "username_collision": "prefix"}
    multi = MultiAuthenticator(config=Config(MultiAuthenticator=of_multi))
    child = multi.children["staff"]
    assert child.observers is multi.observers
    assert child.observed_name == "staff"


def test_an_authenticator_alone_has_its_own_observers():
    one, other = (DictionaryAuthenticator(enable_auth_state=False) for _ in range(2))
    assert one.observers is not other.observers
    assert one.observed_name == "dictionary"


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_facts_are_immutable_values(fact):
    assert issubclass(fact, Fact)
    assert fact.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(fact))


async def test_an_observer_that_cannot_begin_does_not_stop_the_hub(hub_at_provider, monkeypatch):
    def fails(authenticator, app):
        raise RuntimeError("broken")

    monkeypatch.setattr(observing, "OBSERVERS", (fails, *observing.OBSERVERS))
    hub = await hub_at_provider()
    assert (await hub.browser().login("alice")).status == 200
    assert "Logins are not observed by fails" in hub.log.text
