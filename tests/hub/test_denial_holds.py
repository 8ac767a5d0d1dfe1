"""A recorded denial holds at once, and for accounts whose login was never recorded, such as those of an earlier release."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from oauthenticator_suite.hub.sessions.outcome import Outcome
from oauthenticator_suite.hub.store.store import store_of
from oauthenticator_suite.hub.store.tables import ACCOUNTS
from tests.support.signed_in import ALL_GO_ON, AT_A_PROVIDER, EVERY_KIND, STAFF, World, WorldOf, sign_in_again

pytestmark = pytest.mark.hub_versions


def forget_logins(world: World) -> None:
    """As if the logins had been made before the suite recorded them."""
    db = world.hub.app.db
    db.execute(delete(ACCOUNTS))
    db.commit()
    store_of(db).accounts._known.clear()


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_a_denial_that_no_request_has_found_holds_at_once(world_of: WorldOf, kind: str) -> None:
    """A refresh that ends in the background denies the user while the Hub counts the user as refreshed."""
    world = await world_of(kind)
    credentials = await world.with_credentials()
    assert await credentials.token(credentials.script) == 200
    world.authenticator.endings.answer(world.user, None, Outcome.denied("a rule"))
    assert await credentials.token(credentials.script) == 403
    assert await credentials.cookie() == 302
    assert await credentials.activity() == 200
    assert await credentials.token(credentials.script) == 403


async def test_tokens_of_a_removed_user_whose_login_was_not_recorded(world_of: WorldOf) -> None:
    world = await world_of("dictionary", enable_auth_state=False)
    credentials = await world.with_credentials()
    forget_logins(world)
    world.authenticator.passwords = {"bob": "builder"}
    world.due()
    assert await credentials.cookie() == 302
    world.due()
    assert await credentials.token(credentials.script) == 403


@pytest.mark.parametrize("kind", AT_A_PROVIDER)
async def test_a_right_that_a_refresh_granted_ends_with_a_denial(world_of: WorldOf, kind: str) -> None:
    """Also where the login that the refresh belongs to was not recorded."""
    world = await world_of(kind, **{**STAFF, "allow_all": False})
    world.provider.users["alice"]["groups"] = ["staff"]
    credentials = await world.with_credentials()
    forget_logins(world)
    world.provider.users["alice"]["groups"] = ["staff", "hub-admins"]
    world.due()
    assert await credentials.cookie() == 200
    assert world.user.admin
    world.provider.users["alice"]["groups"] = ["nobody"]
    world.due()
    assert await credentials.cookie() == 302
    assert not world.user.admin


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_a_user_with_an_unreadable_record_stays_for_the_grace_period(world_of: WorldOf, kind: str) -> None:
    world = await world_of(kind)
    credentials = await world.with_credentials()
    world.user.orm_user.encrypted_auth_state = b"of a key that is lost"
    world.hub.app.db.commit()
    assert await credentials.statuses() == ALL_GO_ON
    for authenticator in (world.authenticator, world.hub.authenticator):
        authenticator.refresh_outage_grace = 0
    assert await credentials.statuses() == sign_in_again(strict=False)
