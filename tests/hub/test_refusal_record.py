"""Refused logins are recorded by the reference on their page: the rule that decided, and, encrypted, the user."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import pytest
from jupyterhub.crypto import CryptKeeper
from sqlalchemy import select
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator
from oauthenticator_suite.errors import AccessDenied
from oauthenticator_suite.hub.base import refusal_record
from oauthenticator_suite.hub.base.refusal_record import TOO_MANY_GROUPS, UnreadablePart, read_private
from oauthenticator_suite.hub.store.refusals import MAX_PRIVATE_BYTES, Refusal
from oauthenticator_suite.hub.store.store import store_of
from oauthenticator_suite.hub.store.tables import REFUSALS_TABLE
from oauthenticator_suite.policy.unknown import Unknown
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import at, config_of, entry
from tests.support import Hop, Hub, HubState, reference_on, start_hub
from tests.support.database_faults import IMPATIENT, WRITES, locked

pytestmark = pytest.mark.hub_versions

WITH_GROUPS = {
    "manage_groups": True,
    "scope": ["openid", "profile", "email", "groups"],
    "auth_state_groups_key": "oauth_user.groups",
}


def recorded(hub: Hub, page: Hop) -> Refusal:
    """The record of the refusal that a page shows."""
    found = store_of(hub.app.db).refusals.of(reference_on(page, hub))
    assert found is not None
    return found


def about(refusal: Refusal) -> Any:
    return read_private(refusal, CryptKeeper.instance())


def number_of(hub: Hub) -> int:
    return len(store_of(hub.app.db).refusals.recent(10))


async def test_a_user_whom_no_rule_allows(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.users["alice"].update(groups=["students"], email="alice@example.org", email_verified=True, city="Berlin")
    hub = await hub_at_provider(
        **WITH_GROUPS,
        allow_all=False,
        allowed_groups={"staff"},
        allowed_email_domains={"example.org"},
        required_claims={"email_verified": True},
    )
    before = time.time()
    page = await hub.browser().login("alice")
    refusal = recorded(hub, page)
    assert before <= refusal.at <= time.time()
    assert (refusal.provider, refusal.error, refusal.rule) == ("generic", "AccessDenied", "no allow rule matches")
    assert refusal.rules == (
        ("required", "allowed_email_domains", True),
        ("required", "required_claims", True),
        ("blocked", "blocked_users", False),
        ("admin", "admin_users", False),
        ("allowed", "allow_all", False),
        ("allowed", "allowed_users", False),
        ("allowed", "allowed_groups", False),
    )
    user = about(refusal)
    assert (user.username, user.groups) == ("alice", ["students"])
    assert (user.identity.login, user.identity.subject) == ("alice", "subject-of-alice")
    assert user.identity.claims["email"] == "alice@example.org"
    with pytest.raises(Unknown, match="no rule read it"):
        user.identity.claims.get("city")
    row = str(hub.app.db.execute(select(REFUSALS_TABLE)).all())
    assert not [word for word in ("alice", "students", "example.org", "Berlin") if word in row]


async def test_a_login_that_succeeds_is_not_recorded(hub_at_provider: Any) -> None:
    hub = await hub_at_provider()
    assert (await hub.browser().login("alice")).status == 200
    assert number_of(hub) == 0


async def test_without_a_key_nothing_identifies_the_user(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(blocked_users={"alice"})
    CryptKeeper.instance().keys = []
    refusal = recorded(hub, await hub.browser().login("alice"))
    assert refusal.rule == "blocked_users"
    assert refusal.private is None
    with pytest.raises(UnreadablePart, match="no JUPYTERHUB_CRYPT_KEY"):
        about(refusal)


@pytest.mark.parametrize(
    ("keys", "reason"), [([], "set JUPYTERHUB_CRYPT_KEY"), ([b"x" * 32], "another key")], ids=["none", "another"]
)
async def test_it_cannot_be_read_without_the_key(hub_at_provider: Any, keys: list[bytes], reason: str) -> None:
    hub = await hub_at_provider(blocked_users={"alice"})
    refusal = recorded(hub, await hub.browser().login("alice"))
    with pytest.raises(UnreadablePart, match=reason):
        read_private(refusal, CryptKeeper(keys=keys))


async def test_a_name_that_is_taken(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(enable_auth_state=True)
    await hub.browser().login("alice")
    provider.users["alice"]["sub"] = "another-person"
    refusal = recorded(hub, await hub.browser().login("alice"))
    assert (refusal.error, refusal.rule) == ("AccountConflict", "")
    assert ("allowed", "allow_all", True) in refusal.rules
    assert about(refusal).identity.subject == "another-person"


async def test_a_name_that_cannot_be_used(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(username_claim="nickname")
    refusal = recorded(hub, await hub.browser().login("alice"))
    assert (refusal.error, refusal.rules) == ("IdentityError", ())
    assert "the claim 'nickname' is missing" in about(refusal).detail
    assert about(refusal).identity is None


async def test_a_name_that_the_pattern_excludes(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(username_pattern="s[0-9]+")
    refusal = recorded(hub, await hub.browser().login("alice"))
    assert (refusal.error, refusal.rule) == ("AccessDenied", "username_pattern")
    assert ("allowed", "allow_all", True) in refusal.rules
    assert about(refusal).identity.username == "alice"


async def test_groups_that_are_not_known(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.users["alice"].update(hasgroups=True)
    provider.users["alice"].pop("groups", None)
    hub = await hub_at_provider(**WITH_GROUPS, allow_all=False, allowed_groups={"staff"})
    refusal = recorded(hub, await hub.browser().login("alice"))
    assert refusal.error == "IncompleteAnswer"
    assert ("allowed", "allowed_groups", None) in refusal.rules
    user = about(refusal)
    assert user.groups is None
    assert "as a reference" in user.unknown["allowed_groups"]
    assert "as a reference" in user.identity.groups_unknown


async def test_a_login_that_is_not_as_demanded(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.ignores_demands = True
    provider.signed_in_at = time.time() - 10_000
    hub = await hub_at_provider(reauthenticate_after=60)
    refusal = recorded(hub, await hub.browser().login("alice"))
    assert (refusal.error, refusal.rules) == ("InsufficientAuthentication", ())


async def test_a_rule_that_raises_is_unknown(provider: FakeProvider, hubs: Any, hub_at_provider: Any) -> None:
    """It comes after the one that decides, so that the login itself never asks it."""

    class Mine(GenericOAuthenticator):
        def allow_rules(self) -> Any:
            rules = super().allow_rules()
            broken = type(rules[0])("broken", lambda identity: identity.claims["nothing"] > 1)
            return [*rules, broken]

    hub = await hub_at_provider(blocked_users={"alice"})
    hub.app.authenticator.__class__ = Mine
    refusal = recorded(hub, await hub.browser().login("alice"))
    assert refusal.rules[-1] == ("allowed", "broken", None)
    assert about(refusal).unknown == {"broken": "the rule failed with KeyError"}


async def test_a_hook_that_refuses(hub_at_provider: Any) -> None:
    def hook(authenticator: Any, handler: Any, model: Any) -> Any:
        raise AccessDenied("my quota", "alice has no quota")

    hub = await hub_at_provider(post_auth_hook=hook)
    refusal = recorded(hub, await hub.browser().login("alice"))
    assert refusal.rule == "my quota"
    assert about(refusal).detail == "alice has no quota"


async def test_the_refusal_stays_when_it_cannot_be_recorded(
    provider: FakeProvider, hubs: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = HubState(tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = Config()
    config.JupyterHub.update(authenticator_class=GenericOAuthenticator, db_kwargs=IMPATIENT)
    config.GenericOAuthenticator.update(**at(provider), blocked_users={"alice"})
    hub = await hubs(config, state)
    with locked(state, WRITES):
        page = await hub.browser().login("alice")
    assert page.status == 403
    assert hub.log.lines_with("A refusal could not be recorded: the Hub's database failed")
    assert number_of(hub) == 0
    monkeypatch.setattr(refusal_record, "_refusal", lambda *_: 1 / 0)
    assert (await hub.browser().login("alice")).status == 403
    assert hub.log.lines_with("A refusal could not be recorded: ZeroDivisionError")
    assert (await hub.browser().login("bob")).status == 200


async def test_old_refusals_are_removed_at_the_start(provider: FakeProvider, tmp_path: Any) -> None:
    state = HubState(tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = Config()
    config.JupyterHub.authenticator_class = GenericOAuthenticator
    config.GenericOAuthenticator.update(**at(provider), blocked_users={"alice"})
    async with start_hub(config, state) as hub:
        await hub.browser().login("alice")
    for days, kept in ((6, 1), (2, 0)):
        with sqlite3.connect(state.directory / "hub.sqlite") as database:
            database.execute("UPDATE suite_refusals SET at = at - ?", (days * 86_400,))
        async with start_hub(config, state) as hub:
            assert number_of(hub) == kept


async def test_the_line_in_the_log_is_one_line(hub_at_provider: Any) -> None:
    def hook(authenticator: Any, handler: Any, model: Any) -> Any:
        raise AccessDenied("a\nrule", username=model["name"], detail="no\r\n[AAAA-AAAA] forged \x1b[2J\u202e")

    hub = await hub_at_provider(post_auth_hook=hook)
    page = await hub.browser().login("alice")
    assert page.status == 403
    (line,) = hub.log.lines_with(f"[{reference_on(page, hub)}]")
    assert line.endswith("rule=a\\nrule: no\\r\\n[AAAA-AAAA] forged \\x1b[2J\\u202e")


@pytest.mark.parametrize("flushes", [False, True])
async def test_what_the_refused_login_has_changed_is_not_stored(hub_at_provider: Any, flushes: bool) -> None:
    def hook(authenticator: Any, handler: Any, model: Any) -> Any:
        handler.find_user("bob").orm_user.admin = True
        if flushes:  # as each query does
            handler.db.flush()

    hub = await hub_at_provider(post_auth_hook=hook)
    hub.authenticator.post_auth_hook = None
    await hub.browser().login("bob")
    hub.authenticator.post_auth_hook = hook
    assert recorded(hub, await hub.browser().login("alice")).rule == "post_auth_hook"
    hub.app.db.expire_all()
    assert hub.app.users["bob"].admin is False


@pytest.mark.parametrize("what", ["claims", "groups"])
async def test_long_data_are_left_out(provider: FakeProvider, hub_at_provider: Any, what: str) -> None:
    many = [f"{'g' * 240}-{number}" for number in range(300)]
    provider.users["alice"].update(**{what: many, "groups": many if what == "groups" else ["students"]})
    hub = await hub_at_provider(
        **WITH_GROUPS,
        allow_all=False,
        allowed_groups={"staff"},
        required_claims={"sub": "subject-of-alice", what: many},
    )
    refusal = recorded(hub, await hub.browser().login("alice"))
    assert refusal.private is not None
    assert len(refusal.private) <= MAX_PRIVATE_BYTES
    user = about(refusal)
    assert user.username == "alice"
    with pytest.raises(Unknown, match="no rule read it"):
        user.identity.claims.get(what)
    assert user.groups == (None if what == "groups" else ["students"])
    assert user.identity.groups_unknown == (TOO_MANY_GROUPS if what == "groups" else "")


# --- forms, and several providers --------------------------------------------------------------------------------------


async def submitted(hub: Hub, name: str, password: str, page: str = "/hub/login") -> Hop:
    browser = hub.browser()
    return await browser.submit(await browser.open(page), {"username": name, "password": password})


async def test_of_a_form_only_users_with_the_right_password(hubs: Any) -> None:
    """No one without an account can fill the table."""
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(passwords={"ada": "lovelace"}, allowed_users={"bob"}, failure_delay=0)
    hub = await hubs(config)
    for name, password in (("ada", "wrong"), ("eve", "lovelace"), ("x" * 999, "y"), ("../ada", "lovelace")):
        assert (await submitted(hub, name, password)).status == 403
    assert number_of(hub) == 0
    refusal = recorded(hub, await submitted(hub, "ada", "lovelace"))
    assert (refusal.provider, refusal.rule) == ("dictionary", "no allow rule matches")


async def test_with_several_providers_it_names_the_one(provider: FakeProvider, hubs: Any) -> None:
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    entries = [entry("campus", **at(provider), blocked_users={"alice"})]
    hub = await hubs(config_of(entries, username_collision="prefix", enable_auth_state=False), state)
    page = await hub.browser().login("alice", at="campus")
    refusal = recorded(hub, page)
    assert (refusal.provider, refusal.rule) == ("campus", "blocked_users")
    assert about(refusal).identity.username == "campus:alice"
