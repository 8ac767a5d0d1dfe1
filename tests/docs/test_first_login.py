"""docs/tutorials/first-login.md, part 2, walked step by step at a strict fake of a provider.

Part 1 is the demo, which tests/e2e/test_demo.py walks. With ``PICTURES=1`` in the environment the picture is taken again.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.docs.pages import DOCS
from tests.docs.tutorial import Tutorial, take_picture
from tests.fakes.openid_provider import FakeProvider

ISSUER = "https://login.example.org/realms/science"


async def test_part_2(provider: FakeProvider, tmp_path: Path) -> None:
    walk = Tutorial("first-login", tmp_path, "## Part 2")
    client = provider.client
    client.auth_method = "client_secret_post"
    walk.changes = {
        ISSUER: provider.issuer,
        '"my-hub"': f'"{client.client_id}"',
        "http://127.0.0.1:8000/hub/oauth_callback": f"{walk.state.url}/hub/oauth_callback",
        "your-name-at-the-provider": "alice",
        "curl ": "curl --header 'Accept: application/json' ",  # as the fake wants it of the Hub
    }
    client.redirect_uris.add(f"{walk.state.url}/hub/oauth_callback")

    # Register: the issuer is in the provider's document.
    document = await walk.run(f"curl {ISSUER}/.well-known/openid-configuration", quiet=True)
    assert json.loads(document)["issuer"] == provider.issuer

    # Configure.
    await walk.run("install -m 600 /dev/null client_secret")
    walk.skip("nano client_secret")
    secret = tmp_path / "client_secret"
    secret.write_text(f"{client.client_secret}\n", encoding="utf-8")
    assert secret.stat().st_mode & 0o077 == 0
    walk.write("jupyterhub_config.py")
    report = await walk.run("oauthenticator-suite check --online")
    assert "0 errors" in report

    # Start.
    walk.skip("jupyterhub --ip 127.0.0.1")
    config = walk.configuration()
    config.GenericOAuthenticator.client_secret_file = str(secret)  # the Hub is not started in that folder
    async with walk.hub(config) as hub:
        page = await hub.browser().open("/hub/login")
        assert "Sign in with Example University" in page.text
        picture = DOCS / "tutorials" / "pictures" / "first-login.png"
        await take_picture(hub.browser(), f"{hub.url}/hub/login", picture, height=420)
        alice = hub.browser()
        assert (await alice.login("alice")).path == "/hub/home"
        assert (await alice.get("/hub/admin")).status == 200
        line = next(block for block in walk.other_blocks if "is ready" in block).strip()
        assert hub.log.lines_with(line.replace(ISSUER, provider.issuer))
        assert (await hub.browser().login("bob")).status == 403
    walk.assert_walked()
