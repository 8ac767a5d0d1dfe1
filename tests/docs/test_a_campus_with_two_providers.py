"""docs/tutorials/a-campus-with-two-providers.md, walked step by step, with Keycloak and GitHub as strict fakes.

With ``PICTURES=1`` in the environment its pictures are taken again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.docs.pages import DOCS
from tests.docs.tutorial import Tutorial, take_picture
from tests.fakes.github import FakeGitHub
from tests.fakes.keycloak import FakeKeycloak
from tests.support import reference_on

PICTURES = DOCS / "tutorials" / "pictures"
GROUPS = {"alice": "staff", "tina": "tutors", "bob": "students", "carol": "alumni"}
ORGANIZATION = "ocean-friends"


@pytest.fixture
async def keycloak() -> AsyncIterator[FakeKeycloak]:
    """The university, with the users of the tutorial's table."""
    async with FakeKeycloak() as keycloak:
        template = keycloak.users["bob"]
        for name, group in GROUPS.items():
            own = {"sub": f"0b0c6a4e-{name}", "preferred_username": name, "groups": [f"/{group}"]}
            keycloak.users[name] = {**template, **own, "realm_roles": [], "client_roles": []}
        yield keycloak


@pytest.fixture
async def github() -> AsyncIterator[FakeGitHub]:
    """GitHub, where gwen and another bob are in the organization."""
    async with FakeGitHub() as github:
        gwen, _ = (github.world.add_user(name) for name in ("gwen", "dave"))
        github.world.add_org(ORGANIZATION, gwen, github.users["bob"])
        yield github


async def test_the_tutorial(keycloak: FakeKeycloak, github: FakeGitHub, tmp_path: Path) -> None:
    walk = Tutorial("a-campus-with-two-providers", tmp_path)
    university, guests = keycloak.client, github.client
    walk.changes = {
        "https://sso.example.edu": keycloak.origin,
        '"jupyterhub",': f'"{university.client_id}",',
        '"Ov23li0123456789abcd",': f'"{guests.client_id}", "github_url": "{github.issuer}",',
    }

    # 1. and 2. The URLs of the page are registered.
    def here(path: str) -> str:
        assert walk.says(f"`https://hub.example.edu/hub/auth/{path}`")
        return f"{walk.state.url}/hub/auth/{path}"

    university.redirect_uris.add(here("university/authorize"))
    university.post_logout_redirect_uris.add(here("university/logged_out"))
    guests.redirect_uris.add(here("github/authorize"))

    # 3. The secrets.
    walk.skip("umask 077")
    await walk.run("mkdir secrets")
    await walk.run("openssl rand -hex 32 > secrets/crypt_key")
    for name, client in (("keycloak", university), ("github", guests)):
        walk.skip(f"nano secrets/{name}_client_secret")
        (tmp_path / "secrets" / f"{name}_client_secret").write_text(f"{client.client_secret}\n", encoding="utf-8")

    # 4. The configuration.
    walk.write("jupyterhub_config.py")
    assert "0 errors" in await walk.run("oauthenticator-suite check")

    # 5. The page has the buttons in the order of the configuration.
    walk.skip("jupyterhub")
    async with walk.hub() as hub:
        page = await hub.browser().open("/hub/login")
        buttons = [page.text.index(f"Sign in with {name}") for name in ("Example University", "GitHub")]
        assert buttons == sorted(buttons)
        await take_picture(hub.browser(), f"{hub.url}/hub/login", PICTURES / "campus-sign-in.png", height=480)

        # 6. Who gets in.
        allowed = {"alice": "university", "tina": "university", "bob": "university", "gwen": "github"}
        browsers = {name: hub.browser() for name in allowed}
        for name, provider in allowed.items():
            assert (await browsers[name].login(name, at=provider)).path == "/hub/home", name
        assert hub.accounts() == {"alice": True, "tina": False, "bob": False, "gwen": False}
        groups = {name: {group.name for group in hub.app.users[name].groups} for name in allowed}
        assert groups == {"alice": {"staff"}, "tina": {"tutors"}, "bob": {"students"}, "gwen": set()}
        roles = {name: {role.name for role in hub.app.users[name].roles} for name in allowed}
        assert {name for name in allowed if "tutor" in roles[name]} == {"tina"}
        carol = hub.browser()
        refused = await carol.login("carol", at="university")
        assert refused.status == 403
        assert (await hub.browser().login("dave", at="github")).status == 403
        for name in (*allowed, "carol", "dave"):
            assert f"\n| {name} |" in walk.text

        # 7. The same name at both.
        other_bob = hub.browser()
        taken = await other_bob.login("bob", at="github")
        assert "The name bob is already taken" in taken.text
        assert "Sign in with Example University" in taken.text
        assert not other_bob.logged_in
        await take_picture(other_bob, taken.url, PICTURES / "campus-name-taken.png", height=680)

        # 8. Why was Carol refused?
        reference = reference_on(refused, hub)
        command = "oauthenticator-suite explain --reference 7QK2-M4XD"
        walk.skip(command)
        answer = await walk.again(command.replace("7QK2-M4XD", reference), status=1)
        assert "carol" in answer
        (shown,) = walk.other_blocks
        assert shown in answer

        # 9. Sign out.
        last = await browsers["bob"].get("/hub/logout")
        last = await browsers["bob"].follow(last, stop_before=keycloak.issuer)
        assert (last.location or "").startswith(keycloak.issuer)
        back = await browsers["bob"].follow(last)
        assert back.path == "/hub/auth/university/logged_out"
        assert not browsers["bob"].logged_in
        page = await browsers["gwen"].open("/hub/logout")
        assert "GitHub" in page.text
        assert "still" in page.text
    walk.assert_walked()
