"""`hub.observe.observers`: every observer gets every fact, and none can change what happens."""

import dataclasses
import logging

import pytest
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, MultiAuthenticator
from oauthenticator_suite.errors import AccessDenied
from oauthenticator_suite.hub.base import observing
from oauthenticator_suite.hub.base.admission import Admission
from oauthenticator_suite.hub.observe.facts import FACTS, Fact, LoggedOut, LoginBegan, Throttled, UserRefused
from oauthenticator_suite.hub.observe.observers import Observers
from tests.support.facts import ObserverOfAll

FACT = LoginBegan(provider="github")
OTHER = LoggedOut(provider="github", username="alice", by="user")


def test_every_observer_gets_every_fact_once():
    got = []
    observers, observer = Observers(logging.getLogger("test")), ObserverOfAll(got.append)
    observers.add(observer)
    observers.add(observer)
    observers.note(FACT)
    assert len(got) == 1


class Counting:
    """An observer of two kinds of facts, with a function for each."""

    def __init__(self):
        self.logins, self.logouts = [], []
        self.handlers = {LoginBegan: self.logins.append, LoggedOut: self.logouts.append}


def test_an_observer_is_told_only_of_the_facts_that_it_handles():
    observers, counting = Observers(logging.getLogger("test")), Counting()
    assert not any(observers.any_for(kind) for kind in FACTS)
    observers.add(counting)
    assert [kind for kind in FACTS if observers.any_for(kind)] == [LoginBegan, LoggedOut]
    for fact in (FACT, OTHER, Throttled(provider="github", scope="pair", seconds=1.0)):
        observers.note(fact)
    assert (counting.logins, counting.logouts) == ([FACT], [OTHER])


def test_a_failing_observer_keeps_no_other_from_the_fact_and_is_logged_once(caplog):
    def fails(fact):
        raise RuntimeError("broken")

    got = []
    observers = Observers(logging.getLogger("test"))
    observers.add(ObserverOfAll(fails))
    observers.add(ObserverOfAll(got.append))
    observers.note(FACT)
    observers.note(OTHER)
    assert got == [FACT, OTHER]
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


def test_a_refused_user_gets_a_reference_also_when_no_observer_handles_refusals():
    authenticator, denied = DictionaryAuthenticator(), AccessDenied("blocked_users")
    assert not authenticator.observers.any_for(UserRefused)
    observing.note_refused(authenticator, Admission(signing_in=True), denied)
    assert denied.reference
