"""What becomes of a login in the Hub's database: by our way to write it, and by the Hub's own, the same."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from jupyterhub.metrics import TOTAL_USERS
from sqlalchemy import event
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.hub.oauth.login_handlers import OAuthCallbackHandler
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hub, HubState, start_hub

pytestmark = pytest.mark.hub_versions

Account = dict[str, Any]


class AsTheHubDoes(OAuthCallbackHandler):
    """Our callback, with the Hub's own way to write down who has signed in."""

    find_user = BaseHandler.find_user

    async def auth_to_user(self, authenticated: dict[str, Any], user: Any = None) -> Any:
        return await BaseHandler.auth_to_user(self, authenticated, user)


class ByTheHub(GenericOAuthenticator):
    callback_handler = AsTheHubDoes


ADMINS = {
    "never": (None, None),
    "always": (True, True),
    "first": (True, False),
    "then": (False, True),
    "kept": (True, None),
}
"""`admin` at the first login and at the second."""


def models(number: int) -> list[dict[str, Any]]:
    """What the hook puts into the model, at the first login and at the second."""
    return [
        {
            "admin": list(ADMINS.values())[number][time],
            "groups": [["staff"], ["staff", "night"], [], None][(number + time) % 4],
            "user_info": {"name": f"Person {number}"} if (number + time) % 2 else None,
        }
        for time in (0, 1)
    ]


def people() -> list[str]:
    return [f"user-{number}" for number in range(len(ADMINS))]


async def told(hub: Hub) -> dict[str, Account]:
    """All that the database has of each user, but for what is random."""
    hub.app.db.expire_all()
    found = {}
    for user in hub.app.db.query(orm.User).all():
        kept = await hub.auth_state(user.name)
        found[user.name] = {
            "admin": user.admin,
            "roles": sorted(role.name for role in user.roles),
            "groups": sorted(group.name for group in user.groups),
            "servers": sorted(
                (spawner.name, getattr(spawner, "display_name", ""), spawner.server_id)
                for spawner in user._orm_spawners
            ),
            "user_info": getattr(user, "user_info", None),
            "auth_state": None if kept is None else sorted(kept),
            "dates": [getattr(user, name) is not None for name in ("created", "last_activity", "cookie_id")],
        }
    return found


def configuration(provider: FakeProvider, state: HubState, cls: type, manages: bool, keeps: bool) -> Config:
    times: dict[str, int] = {}

    def hook(authenticator: Any, handler: Any, model: dict[str, Any]) -> dict[str, Any]:
        name = model["name"]
        given = models(people().index(name))[times.setdefault(name, 0)]
        times[name] += 1
        return {**model, **given}

    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(provider, manage_groups=manages, enable_auth_state=keeps, post_auth_hook=hook)
    config.JupyterHub.authenticator_class = cls
    return config


@pytest.mark.parametrize(("manages", "keeps"), list(product([False, True], repeat=2)))
async def test_the_hubs_own_way_and_ours_write_the_same(provider: FakeProvider, manages: bool, keeps: bool) -> None:
    for name in people():
        provider.users[name] = {"sub": name, "preferred_username": name}
    written = {}
    for cls in (ByTheHub, GenericOAuthenticator):
        state = HubState()
        async with start_hub(configuration(provider, state, cls, manages, keeps), state) as hub:
            before = TOTAL_USERS._value.get()
            steps = []
            for _ in range(2):
                for name in people():
                    assert (await hub.browser().login(name)).status == 200
                steps.append(await told(hub))
            written[cls] = (*steps, TOTAL_USERS._value.get() - before)
    assert written[ByTheHub] == written[GenericOAuthenticator]
    first, second, count = written[GenericOAuthenticator]
    assert count == len(people())
    assert [second[name]["admin"] for name in people()] == [False, True, False, True, True]
    assert all(account["servers"] == [("", "", None)] for account in second.values())
    assert all((account["auth_state"] is not None) == keeps for account in second.values())
    assert any(account["groups"] for account in first.values()) == manages


async def test_a_login_is_one_transaction(hub_at_provider: Any) -> None:
    """The first as well as a later one; the other that is counted is the Hub's check of its connection."""
    hub = await hub_at_provider(enable_auth_state=True)
    commits: list[Any] = []
    event.listen(hub.app.db.get_bind(), "commit", commits.append)
    for _ in range(2):
        browser = hub.browser()
        callback = await browser.walk_to_callback("alice")
        hub.app.db.commit()
        commits.clear()
        assert (await browser.get(callback)).status == 302
        assert len(commits) == 2
