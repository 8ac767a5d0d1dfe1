"""docs/tutorials/a-class-with-passwords.md, walked step by step: its files, its commands and what it says happens.

With ``PICTURES=1`` in the environment its pictures are taken again.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from oauthenticator_suite.extend import is_hash
from tests.docs.pages import DOCS
from tests.docs.tutorial import Tutorial, take_picture
from tests.support import Browser, Hop, Hub

PICTURES = DOCS / "tutorials" / "pictures"
TEACHER = "ms-lovelace"
WRONG = "This username and password do not match. Please check both and try again."


async def sign_in(hub: Hub, name: str, password: str, browser: Browser | None = None) -> tuple[Browser, Hop]:
    browser = browser or hub.browser()
    page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
    return browser, await browser.submit(page, {"username": name, "password": password})


def cards(output: str) -> dict[str, str]:
    """Names and passwords on the teacher's screen."""
    found = dict(re.findall(r"^(\S+) +(\S{4}-\S{4}-\S{4})$", output, re.MULTILINE))
    assert len(found) == len(output.splitlines())
    return found


async def test_the_tutorial(tmp_path: Path) -> None:
    walk = Tutorial("a-class-with-passwords", tmp_path)
    walk.skip("mkdir -p ~/class", "cd ~/class", "umask 077")

    # 2. Passwords: one for each name, strong, and as hashes in a file that only the teacher can read.
    walk.write("names.txt")
    names = (tmp_path / "names.txt").read_text(encoding="utf-8").split()
    assert (names[0], len(names), len(set(names))) == (TEACHER, 31, 31)
    walk.write("make_passwords.py")
    passwords = cards(await walk.run("python make_passwords.py"))
    assert list(passwords) == names
    assert len(set(passwords.values())) == len(names)
    file = tmp_path / "passwords.json"
    assert file.stat().st_mode & 0o077 == 0
    hashes = json.loads(file.read_text(encoding="utf-8"))
    assert all(is_hash(each) for each in hashes.values())
    assert "Not in names.txt: bne" in await walk.again("python make_passwords.py bne", status=1)

    # 3. The configuration has no error.
    walk.write("jupyterhub_config.py")
    report = await walk.run("oauthenticator-suite check")
    assert "0 errors, 0 warnings, 1 remark" in report
    assert "c.JupyterHub.subdomain_host" in report

    # 4. All can sign in; the teacher is an administrator, and students are not.
    walk.skip("jupyterhub")
    async with walk.hub() as hub:
        teacher, page = await sign_in(hub, TEACHER, passwords[TEACHER])
        assert page.path == "/hub/home"
        assert (await teacher.get("/hub/admin")).status == 200
        ada, page = await sign_in(hub, "ada", passwords["ada"])
        assert page.path == "/hub/home"
        assert (await ada.get("/hub/admin")).status == 403
        await take_picture(hub.browser(), f"{hub.url}/hub/login", PICTURES / "class-sign-in.png")

    # 5. A class that types wrong passwords first, from one address, gets in. One that guesses has to wait.
    config = walk.configuration()
    config.DictionaryAuthenticator.failure_delay = 0
    async with walk.hub(config) as hub:
        room = hub.browser()
        page = await room.open("/hub/login")
        for name in [*names, "nobody"]:
            page = await room.submit(page, {"username": name, "password": "wrong"})
            assert WRONG in page.text
        assert walk.says(WRONG)
        assert hub.log.lines_with("wrong password")
        for name in (TEACHER, "ben", "yara"):
            _, page = await sign_in(hub, name, passwords[name])
            assert page.path == "/hub/home", name
        guesser = hub.browser()
        page = await guesser.open("/hub/login")
        for _ in range(29):
            page = await guesser.submit(page, {"username": "chloe", "password": "guessed"})
            assert WRONG in page.text
        page = await guesser.submit(page, {"username": "chloe", "password": passwords["chloe"]})
        assert page.status == 429
        form = {"username": "chloe", "password": "guessed"}
        await take_picture(guesser, f"{hub.url}/hub/login", PICTURES / "class-wait.png", height=720, form=form)
        ben, page = await sign_in(hub, "ben", passwords["ben"])
        assert page.path == "/hub/home", "nobody locks out another user"

    # 6. Another password for Ben. His session continues, until the teacher ends it.
    old = passwords["ben"]
    passwords |= (changed := cards(await walk.run("python make_passwords.py ben")))
    assert list(changed) == ["ben"]
    after = json.loads(file.read_text(encoding="utf-8"))
    assert {name for name in names if after[name] != hashes[name]} == {"ben"}
    chosen = await walk.run("oauthenticator-suite hash-password", typed="a password of my own\n")
    assert is_hash(chosen.strip())
    async with walk.hub() as hub:
        again = hub.browser()
        ben.copy_cookies_to(again)
        assert (await again.get("/hub/home")).status == 200
        _, page = await sign_in(hub, "ben", old)
        assert WRONG in page.text
        _, page = await sign_in(hub, "ben", passwords["ben"])
        assert page.path == "/hub/home"
        teacher, page = await sign_in(hub, TEACHER, passwords[TEACHER])
        status = await teacher.get("/hub/auth/status")
        assert "Ask one user to sign in again" in status.text
        assert walk.says("Ask one user to sign in again")
        question = await teacher.get("/hub/auth/status?user=ben")
        await teacher.submit(question, {"ask": "user"}, action="/hub/auth/status")
        assert (await again.get("/hub/home")).status != 200

        # 7. Chloe leaves the class, and zoe joins it.
        chloe, page = await sign_in(hub, "chloe", passwords["chloe"])
        assert page.path == "/hub/home"
    listed = tmp_path / "names.txt"
    listed.write_text(listed.read_text(encoding="utf-8").replace("chloe", "zoe"), encoding="utf-8")
    passwords |= (joined := cards(await walk.again("python make_passwords.py")))
    assert list(joined) == ["zoe"]
    walk.add("jupyterhub_config.py")  # 8. and HTTPS
    async with walk.hub() as hub:
        again = hub.browser()
        chloe.copy_cookies_to(again)
        assert (await again.open("/hub/home")).path == "/hub/login"
        _, page = await sign_in(hub, "zoe", passwords["zoe"])
        assert page.path == "/hub/home"
        assert hub.accounts()["chloe"] is False, "the account stays"
        assert hub.authenticator.trusted_proxies == ["127.0.0.1"]
    assert "0 errors, 0 warnings" in await walk.again("oauthenticator-suite check")
    walk.assert_walked()
