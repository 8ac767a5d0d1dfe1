"""The account of a repeated login is found in memory. An account that was renamed or deleted meanwhile is not taken."""

from __future__ import annotations

from typing import Any

import pytest
from jupyterhub import orm
from sqlalchemy import event, text

from oauthenticator_suite.errors import DatabaseFailed
from oauthenticator_suite.hub.accounts.auth_state import write_auth_state
from oauthenticator_suite.hub.database import one_transaction
from tests.support import Hub

pytestmark = pytest.mark.hub_versions


@pytest.fixture
async def hub(hub_at_provider: Any) -> Hub:
    """A Hub on which alice has signed in twice, and an administrator has a token."""
    made: Hub = await hub_at_provider(enable_auth_state=True)
    for _ in range(2):
        await made.browser().login("alice")
    return made


async def change(hub: Hub, method: str, path: str, **options: Any) -> int:
    """A request of an administrator to the Hub's API. Returns the status."""
    db = hub.app.db
    admin = orm.User(name="root", admin=True, roles=[orm.Role.find(db, name) for name in ("user", "admin")])
    db.add(admin)
    db.commit()
    headers = {"Authorization": f"token {hub.app.users[admin].new_api_token()}"}
    answer = await hub.browser().request(method, f"/hub/api{path}", headers=headers, **options)
    return answer.status


async def number_of(hub: Hub, name: str) -> int:
    """The number of the account that a login of this user signs in to."""
    browser = hub.browser()
    await browser.login(name)
    assert browser.logged_in
    found = orm.User.find(hub.app.db, name)
    assert found is not None
    return int(found.id)


async def test_renamed_account_is_not_taken_by_its_old_name(hub: Hub) -> None:
    before = await number_of(hub, "alice")
    assert await change(hub, "PATCH", "/users/alice", json={"name": "alice-before"}) == 200
    assert await number_of(hub, "alice") != before
    renamed = orm.User.find(hub.app.db, "alice-before")
    assert renamed is not None
    assert renamed.id == before


async def test_deleted_account_is_made_again(hub: Hub) -> None:
    await number_of(hub, "alice")
    assert await change(hub, "DELETE", "/users/alice") == 204
    assert orm.User.find(hub.app.db, "alice") is None
    await number_of(hub, "alice")


async def test_nothing_is_written_for_an_account_that_the_database_does_not_have(hub: Hub) -> None:
    user, db = hub.app.users["alice"], hub.app.db
    before = user.encrypted_auth_state

    def write() -> None:
        with one_transaction(db, "a login"):
            db.execute(text("DELETE FROM users WHERE name = 'alice'"))
            write_auth_state(user, b"of a login")

    with pytest.raises(DatabaseFailed):
        write()
    assert orm.User.find(db, "alice") is user.orm_user
    assert user.encrypted_auth_state == before
    await number_of(hub, "alice")


async def test_failed_transaction_leaves_the_auth_state_that_was_stored(hub: Hub) -> None:
    user, db = hub.app.users["alice"], hub.app.db
    before = user.encrypted_auth_state

    def write() -> None:
        with one_transaction(db, "a login"):
            write_auth_state(user, b"of a login")
            assert user.encrypted_auth_state == b"of a login"
            db.execute(text("SELECT * FROM no_such_table"))

    with pytest.raises(DatabaseFailed):
        write()
    assert user.encrypted_auth_state == before


async def test_a_commit_that_fails_for_any_reason_leaves_the_auth_state_that_was_stored(hub: Hub) -> None:
    user, db = hub.app.users["alice"], hub.app.db
    before = user.encrypted_auth_state

    def refuse(*_: Any) -> None:
        raise RuntimeError("a listener")

    def write() -> None:
        with one_transaction(db, "a login"):
            write_auth_state(user, b"of a login")
            event.listen(db, "before_commit", refuse)

    try:
        with pytest.raises(RuntimeError, match="a listener"):
            write()
    finally:
        event.remove(db, "before_commit", refuse)
    assert user.encrypted_auth_state == before
    db.commit()
    assert db.execute(text("SELECT encrypted_auth_state FROM users WHERE name = 'alice'")).scalar() == before


async def test_an_account_that_is_deleted_during_a_login(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The login fails, and leaves no rows behind. The next one has a new account."""
    authenticator, users, db = hub.app.authenticator, hub.app.users, hub.app.db
    refuse, calls = authenticator.refuse_anothers_account, 0

    async def delete_after_the_check(user: Any, model: Any, identity: Any) -> bool:
        nonlocal calls
        calls += 1
        found: bool = await refuse(user, model, identity)
        if calls == 2:  # the one of the handler, which then writes the account
            users.delete(user)
        return found

    monkeypatch.setattr(authenticator, "refuse_anothers_account", delete_after_the_check)
    browser = hub.browser()
    assert (await browser.login("alice")).status == 503
    assert calls == 2
    assert not browser.logged_in
    assert hub.log.lines_with("was deleted during a login")
    assert (
        db.execute(text("SELECT count(*) FROM suite_accounts WHERE user_id NOT IN (SELECT id FROM users)")).scalar()
        == 0
    )
    await number_of(hub, "alice")


async def test_writing_to_an_account_that_was_deleted(hub: Hub) -> None:
    user, db = hub.app.users["alice"], hub.app.db
    hub.app.users.delete(user)

    def write() -> None:
        with one_transaction(db, "a login"):
            write_auth_state(user, b"of a login")

    with pytest.raises(DatabaseFailed, match="StaleDataError"):
        write()


async def test_an_account_that_another_program_has_deleted(hub: Hub) -> None:
    """After a rollback the account is read again, and is not there."""
    db = hub.app.db
    before = orm.User.find(db, "alice")
    assert before is not None
    db.execute(text("DELETE FROM users WHERE name = 'alice'"))
    db.execute(text("DELETE FROM suite_accounts"))
    db.commit()
    db.expire_all()
    browser = hub.browser()
    await browser.login("alice")
    assert browser.logged_in
