"""Whom a request to sign in again reaches, and who may send it."""

from __future__ import annotations

from typing import Any

import pytest
from jupyterhub import orm, roles

from tests.support.signed_in import EVERY_KIND, SERVICE_TOKEN, World, WorldOf

pytestmark = pytest.mark.hub_versions

ASK = "/hub/auth/sign-in-again"


async def ask(world: World, body: Any, token: str = SERVICE_TOKEN) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await world.hub.browser().request("POST", ASK, headers=headers, json=body)).status


async def test_a_scope_for_some_users_is_not_enough(world_of: WorldOf) -> None:
    """A role with ``admin:users!group=class`` gives no power over other users."""
    world = await world_of("dictionary")
    browser = await world.sign_in()
    db = world.hub.app.db
    tutor, pupil, group = orm.User(name="tutor"), orm.User(name="pupil"), orm.Group(name="class")
    db.add_all([tutor, pupil, group])
    group.users.append(pupil)
    db.commit()
    roles.create_role(db, {"name": "tutor", "scopes": ["admin:users!group=class"]})
    roles.assign_default_roles(db, tutor)
    roles.grant_role(db, tutor, "tutor")
    token = tutor.new_api_token()
    for body in ({"everyone": True}, {"users": [world.name]}, {"users": ["pupil"]}):
        assert await ask(world, body, token) == 403
    world.due()
    assert (await browser.get("/hub/home")).status == 200


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_everyone_where_no_session_is_refreshed(world_of: WorldOf, kind: str) -> None:
    """With ``auth_refresh_age = 0`` no request is checked, so the sessions end at once."""
    world = await world_of(kind, auth_refresh_age=0)
    credentials = await world.with_credentials()
    assert await credentials.cookie() == 200
    assert await ask(world, {"everyone": True}) == 200
    assert await credentials.cookie() == 302
