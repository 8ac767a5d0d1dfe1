"""The custom login in how-to/users-in-a-dictionary.md, through a real Hub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oauthenticator_suite.local.password_hashes import hash_password
from tests.docs.pages import blocks


async def test_a_login_of_ones_own(hubs: Any, tmp_path: Path) -> None:
    written = (block for block in blocks() if "class ClassOf2026" in block.code)
    (block,) = (block for block in written if block.page.name == "users-in-a-dictionary.md")
    people = tmp_path / "people.json"
    people.write_text(json.dumps({"ada": hash_password("lovelace")}))
    moved = block.code.replace("/srv/jupyterhub/people.json", str(people))
    assert moved != block.code
    config = type(block)(block.page, block.line, block.section, moved).load(tmp_path)
    hub = await hubs(config)
    browser = hub.browser()
    page = await browser.submit(await browser.open("/hub/login"), {"username": "ada", "password": "wrong"})
    assert page.status == 403
    page = await browser.submit(page, {"username": "ada", "password": "lovelace"})
    assert page.path == "/hub/home"
    user = hub.app.users["ada"]
    assert [group.name for group in user.groups] == ["class"]
    people.write_text(json.dumps({"ada": hash_password("lovelace"), "grace": hash_password("hopper")}))
    browser = hub.browser()
    await browser.submit(await browser.open("/hub/login"), {"username": "grace", "password": "hopper"})
    assert set(hub.accounts()) == {"ada", "grace"}
